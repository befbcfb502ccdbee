#!/bin/sh
# Runs Vizard against a virtual camera: a small Linux with the driver `vivid`, in qemu. See README.md.
#   run.sh KERNEL [GUEST_SCRIPT]
# KERNEL is a folder with an unpacked Debian kernel package. VIZARD names another binary.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kernel=$(cd "$1" && pwd)
guest=${2:-$here/guest.sh}
vizard=${VIZARD:-$here/../../target/debug/vizard}
runtime=${VIZARD_ONNXRUNTIME:-$HOME/.local/share/vizard/onnxruntime/1.31.1}
out=${OUT:-$here/out}
tool=$(command -v v4l2-ctl)
version=$(ls "$kernel/lib/modules")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first file system: busybox and the modules, in the order in which they load.
mkdir -p "$work/root/bin" "$work/root/modules" "$out"
cp "$(command -v busybox)" "$work/root/bin/busybox"
depmod -b "$kernel" "$version"
for module in vivid virtio_pci 9pnet_virtio 9p; do
    modprobe -d "$kernel" -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    cp "$file" "$work/root/modules"
    basename "$file" >> "$work/root/modules/order"
done
cat > "$work/root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /share /tmp
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
while read -r module; do
    case $module in
        vivid.ko) insmod /modules/vivid.ko n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 multiplanar=1 ;;
        *) insmod "/modules/$module" ;;
    esac
done < /modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /share
cp -r /share/lib /share/lib64 /share/app /
sh /share/guest.sh > /share/out/log.txt 2>&1
poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc --quiet) > "$work/initrd"

# What the guest copies in: the program, the libraries that it needs, ONNX Runtime.
share=$work/share
mkdir -p "$share/app" "$share/lib" "$share/lib64"
cp "$vizard" "$share/app/vizard"
cp "$runtime"/libonnxruntime*.so* "$share/app"
{ ldd "$vizard"; ldd "$runtime"/libonnxruntime.so.*; ldd "$tool"; } | awk '$2 == "=>" { print $3 }' | sort -u | xargs -I{} cp -L {} "$share/lib"
cp -L "$(ldd "$vizard" | awk '/ld-linux/ { print $1 }')" "$share/lib64"
cp "$tool" "$share/app"
cp "$guest" "$share/guest.sh"
mkdir "$share/out"

# `-accel tcg` works everywhere; with KVM, ACCEL=kvm measures true frame rates.
timeout "${SECONDS_AT_MOST:-600}" qemu-system-x86_64 -accel "${ACCEL:-tcg,thread=multi}" -cpu max -smp 2 -m 2048 \
    -kernel "$kernel/boot/vmlinuz-$version" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet panic=-1" -nographic -no-reboot -monitor none \
    -virtfs "local,path=$share,mount_tag=share,security_model=none" \
    > "$out/console.txt" 2>&1 < /dev/null || echo "qemu ended with $?"
cp -r "$share/out/." "$out"
cat "$out/log.txt"
