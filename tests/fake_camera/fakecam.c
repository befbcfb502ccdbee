// Made-up V4L2 cameras inside one process, for trying camera code where no camera is. tests/cameras.rs builds and uses it.
//   cc -shared -fPIC -O1 -o fakecam.so fakecam.c -ldl -lpthread
//   LD_PRELOAD=$PWD/fakecam.so FAKE_CAMS="0:ok:HD Webcam;2:grey:IR Camera" vizard cameras
// It answers open/ioctl/poll of /dev/videoN, the name in /sys/class/video4linux, and the list of /dev; nothing else is touched.
// FAKE_CAMS: NUMBER:KIND[:NAME] separated by ';' ; FAKE_ALSO: more names in /dev, separated by ';' (udev's links)
// FAKE_FRAMES: folder with WxH.mjpg (JPEGs, each beginning with a length of 4 bytes), WxH.yuyv, WxH.grey (default ./cam; README.md says how to fill it)
// unplug: gone for 8 seconds, then back
// FAKE_SAY=1 tells each call on stderr.
// KINDS  ok      MJPG 640x480, 1280x720 and YUYV 640x480 at 30 and 15
//        yuyv    YUYV 640x480 only (old VGA)   hd1080  MJPG 1920x1080 only (HDMI grabber)   grey    GREY 640x480 only (infrared)        y16   Y16 only
//        bayer   pBAA 1920x1080 only (raw)     meta    metadata node                       mplane multiplanar only
//        r2997   30000/1001 only               mixed   29.97 and 15                        portrait MJPG 720x1280
//        odd     YUYV 642x482
//        short   YUYV, every third frame is half filled and flagged as damaged
//        cutjpg  MJPG, every third frame cut at 60 %, with the rest of an older frame behind it
//        nohuff  MJPG without Huffman tables
//        grown   after 60 frames the pictures become 1280x720 (format change by another program)
//        empty   the first 10 frames are empty green  first 10 frames are zeros (YUYV)
//        full    YUYV in full range            slow    30 a second, 7.5 after two seconds (dark room)
//        hangdq  no frame after the 30th             never  no frame at all
//        eio     an I/O error after 30 frames, and at STREAMOFF (after sleep)              unplug gone after 30 frames
//        busy    EBUSY at S_FMT                denied  EACCES at open
//        loop    v4l2loopback without a writer: stepwise sizes, continuous rates           loopon with one: 1280x720 YUYV, 30
//        noparm  no G_PARM/S_PARM      norates no list of rates
//        hang    never says what it is         wide    YUYV, its rows 64 bytes longer      nosizes no list of sizes          endless lists that never end
//        nospc   no room on the bus for MJPG   nv12    NV12 640x480                        be      Y16 big-endian only             refuse  S_FMT refuses MJPG
//        replug  gone after 30 frames for a second, then back under NUMBER+5               h264    H264 only                       radio   a radio
//        stuckts frames twice as fast as agreed (60)          slowhd  MJPG 640x480 and 1920x1080, YUYV 640x480 and 1280x720 at 10
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#define MAXCAM 16
#define NBUF 8
struct cam { int number, home; char kind[16], name[32]; int streaming, count, w, h, num, den; __u32 fourcc; long n; double t0, at, started; int queued[NBUF], head, tail; size_t len; unsigned char *data; size_t size; int gen; };
static struct cam cams[MAXCAM]; static int ncams = -1; static struct cam *by_fd[4096]; static int gen_of[4096]; static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char also[8][64]; static int nalso, say; static const char *frames_dir;
static long raw(long n, long a, long b, long c, long d, long e, long f) {
  long r; register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  if (r < 0 && r > -4096) { errno = -r; return -1; } return r;
}
#define SAY(...) do { if (say) { char b_[200]; int n_ = snprintf(b_, sizeof b_, __VA_ARGS__); raw(SYS_write, 2, (long)b_, n_, 0, 0, 0); } } while (0)
static void set_up(void) {
  if (ncams >= 0) return;
  pthread_mutex_lock(&lock);
  if (ncams < 0) {
    int n = 0; const char *s = getenv("FAKE_CAMS"); say = getenv("FAKE_SAY") != 0; frames_dir = getenv("FAKE_FRAMES"); if (!frames_dir) frames_dir = "cam";
    while (s && *s && n < MAXCAM) {
      struct cam *c = &cams[n++]; char spec[100]; size_t l = strcspn(s, ";"); snprintf(spec, sizeof spec, "%.*s", (int)l, s); s += l; if (*s) s++;
      c->number = c->home = atoi(spec); char *k = strchr(spec, ':'); char *nm = k ? strchr(k + 1, ':') : 0; if (nm) *nm++ = 0;
      snprintf(c->kind, sizeof c->kind, "%s", k ? k + 1 : "ok"); snprintf(c->name, sizeof c->name, "%s", nm && *nm ? nm : "Fake Camera");
    }
    s = getenv("FAKE_ALSO");
    while (s && *s && nalso < 8) { size_t l = strcspn(s, ";"); snprintf(also[nalso++], 64, "%.*s", (int)l, s); s += l; if (*s) s++; }
    ncams = n;
  }
  pthread_mutex_unlock(&lock);
}
static int is(struct cam *c, const char *k) { return !strcmp(c->kind, k); }
static struct cam *cam_of(int number) { set_up(); for (int i = 0; i < ncams; i++) if (cams[i].number == number) return &cams[i]; return 0; }
static double now(void);
static int gone(struct cam *c) { return c->gen % 2 && now() - c->started < (is(c, "replug") ? 1 : 8); }
static int leaves(struct cam *c) { return is(c, "unplug") || is(c, "replug"); }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static void nap(double s) { if (s <= 0) return; struct timespec t = { (time_t)s, (long)((s - (time_t)s) * 1e9) }; nanosleep(&t, 0); }
//------------------------------------------------------------ what a kind offers
struct offer { __u32 fourcc; int w, h; int rates[3][2]; };
#define YUYV V4L2_PIX_FMT_YUYV
#define MJPG V4L2_PIX_FMT_MJPEG
static int offers(struct cam *c, struct offer *o) {
  int n = 0;
#define ADD(F, W, H, ...) do { o[n] = (struct offer){ F, W, H, { __VA_ARGS__ } }; n++; } while (0)
  if (is(c, "grey")) ADD(V4L2_PIX_FMT_GREY, 640, 480, {1,30}, {1,15});
  else if (is(c, "y16")) ADD(V4L2_PIX_FMT_Y16, 640, 480, {1,30});
  else if (is(c, "bayer")) ADD(v4l2_fourcc('p','B','A','A'), 1920, 1080, {1,30});
  else if (is(c, "r2997")) { ADD(MJPG, 640, 480, {1001,30000}); ADD(YUYV, 640, 480, {1001,30000}); }
  else if (is(c, "mixed")) { ADD(MJPG, 640, 480, {1001,30000}, {1,15}); ADD(MJPG, 1280, 720, {1001,30000}); }
  else if (is(c, "hd1080")) ADD(MJPG, 1920, 1080, {1,30});
  else if (is(c, "slowhd")) { ADD(MJPG, 640, 480, {1,30}); ADD(MJPG, 1920, 1080, {1,30}); ADD(YUYV, 640, 480, {1,30}); ADD(YUYV, 1280, 720, {1,10}); }
  else if (is(c, "portrait")) ADD(MJPG, 720, 1280, {1,30});
  else if (is(c, "odd")) ADD(YUYV, 642, 482, {1,30});
  else if (is(c, "loopon")) ADD(YUYV, 1280, 720, {1,30});
  else if (is(c, "yuyv") || is(c, "short") || is(c, "green") || is(c, "full") || is(c, "loop")) ADD(YUYV, 640, 480, {1,30}, {1,15});
  else if (is(c, "nohuff") || is(c, "cutjpg") || is(c, "grown")) ADD(MJPG, 640, 480, {1,30});
  else if (is(c, "nv12")) ADD(V4L2_PIX_FMT_NV12, 640, 480, {1,30});
  else if (is(c, "be")) ADD(v4l2_fourcc_be('Y','1','6',' '), 640, 480, {1,30});
  else if (is(c, "h264")) ADD(V4L2_PIX_FMT_H264, 640, 480, {1,30});
  else if (is(c, "wide") || is(c, "nosizes") || is(c, "endless")) ADD(YUYV, 640, 480, {1,30});
  else if (is(c, "meta") || is(c, "radio")) ;
  else { ADD(MJPG, 1280, 720, {1,30}, {1,15}); ADD(MJPG, 640, 480, {1,30}, {1,15}); ADD(YUYV, 640, 480, {1,30}, {1,15}); ADD(YUYV, 1280, 720, {1,10}); }
  return n;
}
static int bytes_a_row(struct cam *c) {
  if (c->fourcc == V4L2_PIX_FMT_GREY) return c->w;
  if (c->fourcc == MJPG) return 0;
  if (c->fourcc == V4L2_PIX_FMT_NV12) return c->w;
  return c->w * 2 + (is(c, "wide") ? 64 : 0);
}
static size_t size_of(struct cam *c) { return c->fourcc == MJPG ? 1u << 20 : (size_t)bytes_a_row(c) * c->h * (c->fourcc == V4L2_PIX_FMT_NV12 ? 3 : 2) / 2; }
static void as_pix(struct cam *c, struct v4l2_pix_format *p) {
  memset(p, 0, sizeof *p); p->width = c->w; p->height = c->h; p->pixelformat = c->fourcc; p->field = V4L2_FIELD_NONE; p->bytesperline = bytes_a_row(c); p->sizeimage = size_of(c);
  p->colorspace = V4L2_COLORSPACE_SRGB; p->quantization = is(c, "full") ? V4L2_QUANTIZATION_FULL_RANGE : 0;
}
static void first_format(struct cam *c) { struct offer o[8]; if (c->w || !offers(c, o)) return; c->fourcc = o[0].fourcc; c->w = o[0].w; c->h = o[0].h; c->num = o[0].rates[0][0]; c->den = o[0].rates[0][1]; }
//------------------------------------------------------------ pictures
static void load(struct cam *c) {
  char p[300]; int w = c->w, h = c->h;
  snprintf(p, sizeof p, "%s/%dx%d.%s", frames_dir, w, h, c->fourcc == MJPG ? "mjpg" : c->fourcc == V4L2_PIX_FMT_GREY ? "grey" : "yuyv");
  free(c->data); c->data = 0; c->size = 0; int f = raw(SYS_openat, AT_FDCWD, (long)p, O_RDONLY, 0, 0, 0);
  if (f < 0) { SAY("fakecam: no %s\n", p); return; }
  struct stat s; if (!fstat(f, &s)) { c->data = malloc(s.st_size + 1); ssize_t got = 0, r; while (got < s.st_size && (r = raw(SYS_read, f, (long)(c->data + got), s.st_size - got, 0, 0, 0)) > 0) got += r; c->size = got; }
  raw(SYS_close, f, 0, 0, 0, 0, 0);
}
static unsigned char *jpeg_at(struct cam *c, long n, size_t *len) { // the n-th, in a ring
  size_t at = 0, count = 0; while (at + 4 <= c->size) { __u32 l; memcpy(&l, c->data + at, 4); if (at + 4 + l > c->size) break; count++; at += 4 + l; }
  if (!count) return 0; n %= count; at = 0; while (n--) { __u32 l; memcpy(&l, c->data + at, 4); at += 4 + l; }
  __u32 l; memcpy(&l, c->data + at, 4); *len = l; return c->data + at + 4;
}
static size_t without_tables(const unsigned char *j, size_t n, unsigned char *to) {
  size_t at = 2, out = 2; memcpy(to, j, 2);
  while (at + 4 <= n && j[at] == 0xff && j[at + 1] != 0xda) { size_t l = 2 + (j[at + 2] << 8 | j[at + 3]); if (j[at + 1] != 0xc4) { memcpy(to + out, j + at, l); out += l; } at += l; }
  memcpy(to + out, j + at, n - at); return out + n - at;
}
static size_t picture(struct cam *c, unsigned char *to, int *bad) { // fills a buffer; bytes used
  long n = c->n; *bad = 0;
  if (is(c, "empty") && n < 10) return 0;
  if (is(c, "green") && n < 10) { memset(to, 0, size_of(c)); return size_of(c); }
  if (c->fourcc == MJPG) {
    if (is(c, "grown") && n == 60) { int w = c->w, h = c->h; c->w = 1280, c->h = 720; load(c); c->w = w, c->h = h; }
    size_t l = 0; unsigned char *j = jpeg_at(c, n, &l); if (!j || l > c->len) return 0;
    if (is(c, "nohuff")) return without_tables(j, l, to);
    if (is(c, "cutjpg") && n % 3 == 2) { size_t k = l * 6 / 10; memcpy(to, j, k); return k; } // what lay behind it stays
    memcpy(to, j, l); return l;
  }
  if (c->fourcc == V4L2_PIX_FMT_NV12) { memset(to, 128, size_of(c)); memset(to, 16 + n % 200, (size_t)c->w * c->h); return size_of(c); }
  size_t row = c->fourcc == V4L2_PIX_FMT_GREY ? c->w : c->w * 2, one = row * c->h, out = bytes_a_row(c);
  if (!c->data || c->size < one) { for (int y = 0; y < c->h; y++) for (size_t x = 0; x < out; x++) to[y * out + x] = (x & 1) ? 128 : (unsigned char)(x / 8 + y + n * 3); return size_of(c); }
  const unsigned char *from = c->data + (n % (c->size / one)) * one; int rows = c->h;
  if (is(c, "short") && n % 3 == 2) rows /= 2, *bad = 1;
  for (int y = 0; y < rows; y++) memcpy(to + y * out, from + y * row, row);
  if (is(c, "full")) for (size_t i = 0; i < one; i++) { double v = to[i]; to[i] = (i & 1) ? (v - 128) * 255 / 224 + 128 : v < 16 ? 0 : v > 235 ? 255 : (v - 16) * 255 / 219; }
  return rows * out;
}
//------------------------------------------------------------ the calls
static int fail(int e) { errno = e; return -1; }
static int cam_open(struct cam *c) {
  SAY("fakecam: open %d %s\n", c->number, c->kind);
  if (is(c, "denied")) return fail(EACCES);
  if (gone(c)) return fail(ENOENT);
  if (c->gen % 2) c->gen++; // plugged in again
  int fd = raw(SYS_memfd_create, (long)"fakecam", 0, 0, 0, 0, 0); if (fd < 0 || fd >= 4096) return fail(EMFILE);
  by_fd[fd] = c; gen_of[fd] = c->gen; first_format(c); return fd;
}
static int cam_ioctl(struct cam *c, int fd, unsigned long q, void *p) {
  SAY("fakecam: ioctl %d nr %lu\n", c->number, q & 0xff);
  if (gen_of[fd] != c->gen) return fail(ENODEV);
  switch (q) {
  case VIDIOC_QUERYCAP: { while (is(c, "hang")) nap(1); struct v4l2_capability *k = p; memset(k, 0, sizeof *k); strcpy((char *)k->driver, "fakecam"); snprintf((char *)k->card, 32, "%s", c->name); snprintf((char *)k->bus_info, 32, "usb-fake-%d", c->home); k->version = 0x60100;
    __u32 d = V4L2_CAP_STREAMING | (is(c, "meta") ? V4L2_CAP_META_CAPTURE : is(c, "mplane") ? V4L2_CAP_VIDEO_CAPTURE_MPLANE : is(c, "radio") ? V4L2_CAP_RADIO : is(c, "loop") ? V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT : V4L2_CAP_VIDEO_CAPTURE);
    k->device_caps = d; k->capabilities = d | V4L2_CAP_DEVICE_CAPS | (is(c, "meta") ? V4L2_CAP_VIDEO_CAPTURE : 0); return 0; }
  case VIDIOC_ENUM_FMT: { struct v4l2_fmtdesc *f = p; struct offer o[8]; int n = offers(c, o), seen = 0; if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || is(c, "mplane")) return fail(EINVAL);
    if (is(c, "endless")) f->index = 0;
    for (int i = 0; i < n; i++) { if (i && o[i].fourcc == o[i - 1].fourcc) continue; if ((__u32)seen++ == f->index) { f->pixelformat = o[i].fourcc; f->flags = o[i].fourcc == MJPG; snprintf((char *)f->description, 32, "%.4s", (char *)&o[i].fourcc); return 0; } } return fail(EINVAL); }
  case VIDIOC_ENUM_FRAMESIZES: { struct v4l2_frmsizeenum *f = p; struct offer o[8]; int n = offers(c, o), seen = 0; if (is(c, "nosizes")) return fail(ENOTTY); if (is(c, "endless")) f->index = 0;
    if (is(c, "loop")) { if (f->index) return fail(EINVAL); f->type = V4L2_FRMSIZE_TYPE_CONTINUOUS; f->stepwise = (struct v4l2_frmsize_stepwise){ 2, 8192, 1, 1, 8192, 1 }; return 0; }
    for (int i = 0; i < n; i++) if (o[i].fourcc == f->pixel_format && (__u32)seen++ == f->index) { f->type = V4L2_FRMSIZE_TYPE_DISCRETE; f->discrete.width = o[i].w; f->discrete.height = o[i].h; return 0; } return fail(EINVAL); }
  case VIDIOC_ENUM_FRAMEINTERVALS: { struct v4l2_frmivalenum *f = p; struct offer o[8]; if (is(c, "norates")) return fail(EINVAL); if (is(c, "endless")) f->index = 0; int n = offers(c, o);
    if (is(c, "loop")) { if (f->index) return fail(EINVAL); f->type = V4L2_FRMIVAL_TYPE_CONTINUOUS; f->stepwise.min = (struct v4l2_fract){ 1, 1000 }; f->stepwise.max = (struct v4l2_fract){ 1, 1 }; f->stepwise.step = (struct v4l2_fract){ 1, 1 }; return 0; }
    for (int i = 0; i < n; i++) if (o[i].fourcc == f->pixel_format && o[i].w == (int)f->width && o[i].h == (int)f->height) { if (f->index > 2 || !o[i].rates[f->index][1]) return fail(EINVAL); f->type = V4L2_FRMIVAL_TYPE_DISCRETE; f->discrete.numerator = o[i].rates[f->index][0]; f->discrete.denominator = o[i].rates[f->index][1]; return 0; } return fail(EINVAL); }
  case VIDIOC_G_FMT: { struct v4l2_format *f = p; if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || is(c, "mplane") || is(c, "meta")) return fail(EINVAL); as_pix(c, &f->fmt.pix); return 0; }
  case VIDIOC_S_FMT: case VIDIOC_TRY_FMT: { struct v4l2_format *f = p; struct offer o[8]; int n = offers(c, o), best = -1; if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || is(c, "mplane") || is(c, "meta")) return fail(EINVAL); if (is(c, "busy") && q == VIDIOC_S_FMT) return fail(EBUSY); if (is(c, "refuse") && f->fmt.pix.pixelformat == MJPG) return fail(EINVAL);
    struct cam old = *c;
    if (is(c, "loop")) { c->fourcc = f->fmt.pix.pixelformat; c->w = f->fmt.pix.width; c->h = f->fmt.pix.height; }
    else { for (int i = 0; i < n; i++) { if (best < 0 || (o[i].fourcc == f->fmt.pix.pixelformat && (o[best].fourcc != f->fmt.pix.pixelformat || (o[i].w == (int)f->fmt.pix.width && o[i].h == (int)f->fmt.pix.height)))) best = i; }
      c->fourcc = o[best].fourcc; c->w = o[best].w; c->h = o[best].h; }
    as_pix(c, &f->fmt.pix); if (q == VIDIOC_TRY_FMT) { c->fourcc = old.fourcc; c->w = old.w; c->h = old.h; } return 0; }
  case VIDIOC_G_PARM: case VIDIOC_S_PARM: { struct v4l2_streamparm *s = p; if (is(c, "noparm") || s->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(ENOTTY); struct v4l2_captureparm *k = &s->parm.capture;
    if (q == VIDIOC_S_PARM && k->timeperframe.denominator) { struct offer o[8]; int n = offers(c, o); double want = (double)k->timeperframe.numerator / k->timeperframe.denominator, gap = 1e9; if (is(c, "loop")) { c->num = k->timeperframe.numerator; c->den = k->timeperframe.denominator; }
      else for (int i = 0; i < n; i++) if (o[i].fourcc == c->fourcc && o[i].w == c->w && o[i].h == c->h) for (int r = 0; r < 3 && o[i].rates[r][1]; r++) { double g = (double)o[i].rates[r][0] / o[i].rates[r][1] - want; if (g < 0) g = -g; if (g < gap) gap = g, c->num = o[i].rates[r][0], c->den = o[i].rates[r][1]; } }
    memset(k, 0, sizeof *k); k->capability = V4L2_CAP_TIMEPERFRAME; k->timeperframe.numerator = c->num; k->timeperframe.denominator = c->den; k->readbuffers = 2; return 0; }
  case VIDIOC_REQBUFS: { struct v4l2_requestbuffers *r = p; if (r->memory != V4L2_MEMORY_MMAP) return fail(EINVAL); if (r->count > NBUF) r->count = NBUF; c->count = r->count; c->len = (size_of(c) + 4095) & ~4095ul; c->head = c->tail = 0; if (c->count) { if (ftruncate(fd, c->len * c->count)) return fail(ENOMEM); load(c); } r->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP; return 0; }
  case VIDIOC_QUERYBUF: { struct v4l2_buffer *b = p; if ((int)b->index >= c->count) return fail(EINVAL); b->length = c->len; b->m.offset = b->index * c->len; b->memory = V4L2_MEMORY_MMAP; b->flags = 0; return 0; }
  case VIDIOC_QBUF: { struct v4l2_buffer *b = p; if ((int)b->index >= c->count) return fail(EINVAL); if (c->tail - c->head < NBUF) c->queued[c->tail++ % NBUF] = b->index; b->flags = V4L2_BUF_FLAG_QUEUED; return 0; }
  case VIDIOC_STREAMON: if (is(c, "loop")) return fail(EIO); if (is(c, "nospc") && c->fourcc == MJPG) return fail(ENOSPC); c->streaming = 1; c->t0 = c->at = now(); c->n = 0; return 0;
  case VIDIOC_STREAMOFF: c->streaming = 0; c->head = c->tail = 0; return is(c, "eio") && c->n >= 30 ? fail(EIO) : 0;
  case VIDIOC_DQBUF: { struct v4l2_buffer *b = p; if (!c->streaming) return fail(EINVAL); if (is(c, "never") || (is(c, "hangdq") && c->n >= 30)) for (;;) nap(1); if (is(c, "eio") && c->n >= 30) return fail(EIO);
    double gap = c->num && c->den ? (double)c->num / c->den : 1. / 30; if (is(c, "slow") && c->at - c->t0 > 2) gap = 1. / 7.5; if (is(c, "stuckts")) gap /= 2;
    c->at += gap; nap(c->at - now()); if (now() - c->at > gap) c->at = now(); // frames are lost, as in life
    while (c->head == c->tail) nap(0.002);
    int i = c->queued[c->head++ % NBUF], bad; unsigned char *m = mmap(0, c->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, i * c->len); if (m == MAP_FAILED) return fail(EIO);
    size_t used = picture(c, m, &bad); munmap(m, c->len); if (leaves(c) && c->gen < 1 && c->n == 30) { c->gen++; c->started = now(); if (is(c, "replug")) c->number += 5; return fail(ENODEV); }
    memset(b, 0, sizeof *b); b->type = V4L2_BUF_TYPE_VIDEO_CAPTURE; b->memory = V4L2_MEMORY_MMAP; b->index = i; b->bytesused = used; b->length = c->len; b->m.offset = i * c->len; b->sequence = c->n++; b->field = V4L2_FIELD_NONE; b->flags = V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | (bad ? V4L2_BUF_FLAG_ERROR : 0);
    b->timestamp.tv_sec = (long)c->at; b->timestamp.tv_usec = (c->at - (long)c->at) * 1e6; return 0; }
  case VIDIOC_ENUMINPUT: { struct v4l2_input *i = p; if (i->index) return fail(EINVAL); memset(i, 0, sizeof *i); strcpy((char *)i->name, "Camera 1"); i->type = V4L2_INPUT_TYPE_CAMERA; return 0; }
  case VIDIOC_G_INPUT: case VIDIOC_S_INPUT: *(int *)p = 0; return 0;
  }
  return fail(q == VIDIOC_QUERYCTRL || q == VIDIOC_QUERY_EXT_CTRL || q == VIDIOC_QUERYMENU ? EINVAL : ENOTTY);
}
static int special(const char *path, int *fd) { // our files
  int n, end = 0; set_up(); if (!ncams || !path) return 0;
  if (sscanf(path, "/dev/video%d%n", &n, &end) == 1 && end && !path[end]) { struct cam *c = cam_of(n); if (!c) return 0; *fd = cam_open(c); return 1; }
  end = 0;
  if (sscanf(path, "/sys/class/video4linux/video%d/name%n", &n, &end) == 1 && end && !path[end]) {
    struct cam *c = cam_of(n); if (!c) return 0; *fd = raw(SYS_memfd_create, (long)"name", 0, 0, 0, 0, 0);
    char l[40]; int k = snprintf(l, sizeof l, "%s\n", c->name); raw(SYS_write, *fd, (long)l, k, 0, 0, 0); raw(SYS_lseek, *fd, 0, SEEK_SET, 0, 0, 0); return 1; }
  return 0;
}
#define OPEN(NAME) int NAME(const char *path, int flags, ...) { va_list a; va_start(a, flags); int mode = va_arg(a, int); va_end(a); int fd; if (special(path, &fd)) return fd; return raw(SYS_openat, AT_FDCWD, (long)path, flags, mode, 0, 0); }
OPEN(open) OPEN(open64)
int ioctl(int fd, unsigned long q, ...) { va_list a; va_start(a, q); void *p = va_arg(a, void *); va_end(a); if (fd >= 0 && fd < 4096 && by_fd[fd]) return cam_ioctl(by_fd[fd], fd, (unsigned)q, p); return raw(SYS_ioctl, fd, q, (long)p, 0, 0, 0); }
long syscall(long n, ...) { va_list a; va_start(a, n); long x[6]; for (int i = 0; i < 6; i++) x[i] = va_arg(a, long); va_end(a); if (n == SYS_ioctl && (int)x[0] >= 0 && (int)x[0] < 4096 && by_fd[(int)x[0]]) return cam_ioctl(by_fd[(int)x[0]], (int)x[0], (unsigned)x[1], (void *)x[2]); return raw(n, x[0], x[1], x[2], x[3], x[4], x[5]); }
int close(int fd) { if (fd >= 0 && fd < 4096 && by_fd[fd]) by_fd[fd] = 0; return raw(SYS_close, fd, 0, 0, 0, 0, 0); }
//------------------------------------------------------------ the list of /dev
static DIR *dev_dir; static int dev_next; static struct dirent64 made;
DIR *opendir(const char *path) { static DIR *(*real)(const char *); if (!real) real = dlsym(RTLD_NEXT, "opendir"); DIR *d = real(path); set_up(); if (d && ncams > 0 && (!strcmp(path, "/dev") || !strcmp(path, "/dev/"))) { dev_dir = d; dev_next = 0; } return d; }
struct dirent64 *readdir64(DIR *d) { static struct dirent64 *(*real)(DIR *); if (!real) real = dlsym(RTLD_NEXT, "readdir64");
  while (d == dev_dir && dev_next < ncams + nalso) { int i = dev_next++; if (i < ncams && gone(&cams[i])) continue; memset(&made, 0, sizeof made); made.d_ino = 4242 + i; made.d_type = DT_CHR; made.d_reclen = sizeof made; if (i < ncams) snprintf(made.d_name, 64, "video%d", cams[i].number); else snprintf(made.d_name, 64, "%s", also[i - ncams]); return &made; }
  return real(d); }
struct dirent *readdir(DIR *d) { return (struct dirent *)readdir64(d); }
