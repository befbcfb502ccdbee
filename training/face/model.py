"""The face networks: a detector for whole pictures, a tracker for one face between two frames, landmarks, a mask.

Both are plain dense 3x3 convolutions at low resolution: in ONNX Runtime on one CPU core they run at about 55 G
multiply-adds a second, several times faster for the same accuracy than depthwise ones. Pixels are RGB 0..1, NCHW,
sRGB-encoded. A box is `cx, cy, w, h`, brow to chin (the convention of YuNet); the five points are x, y pairs in the order
right eye, left eye, nose tip, right mouth corner, left mouth corner, as the person counts right and left.
"""

import torch
from torch import nn
from torch.nn import functional

TRACK_SIDE = 96
CONTEXT = 2.0  # side of the tracker's window in units of the longer side of the previous box


def conv(inputs, outputs, kernel=3, stride=1):
    """Convolution, batch norm (folded into the convolution at export), ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """One convolution with a bypass: deep enough here, and half the price of the usual pair."""

    def __init__(self, channels):
        super().__init__()
        self.conv = conv(channels, channels)

    def forward(self, x):
        return x + self.conv(x)


class LevelNorm(nn.Module):
    """One batch norm a level after a convolution that all levels share. A single one would mix their statistics, which differ,
    and then answer worse in use than in training. In use it is one scale and shift, which the runtime folds away, so the file
    holds the shared weights once."""

    def __init__(self, levels, channels):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels) for _ in range(levels)])

    def forward(self, x, level):
        norm = self.norms[level]
        if self.training:
            return norm(x)
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        return x * scale[:, None, None] + (norm.bias - norm.running_mean * scale)[:, None, None]


class FaceDetector(nn.Module):
    """One-stage, anchor-free, three levels (strides 8, 16, 32) with one head shared by all levels."""

    STRIDES = (8, 16, 32)
    UNIT = 4.0  # a raw size of 0 means a face of 4 strides

    def __init__(self, widths=(16, 32, 48, 64, 96), neck=48):
        super().__init__()
        a, b, c, d, e = widths
        self.stem = nn.Sequential(conv(3, a, stride=2), conv(a, b, stride=2))
        self.level8 = nn.Sequential(conv(b, c, stride=2), Residual(c))
        self.level16 = nn.Sequential(conv(c, d, stride=2), Residual(d), Residual(d))
        self.level32 = nn.Sequential(conv(d, e, stride=2), Residual(e), Residual(e), Residual(e))
        self.lateral = nn.ModuleList([conv(width, neck, kernel=1) for width in (c, d, e)])
        self.tower = nn.Conv2d(neck, neck, 3, padding=1, bias=False)
        self.norm = LevelNorm(len(self.STRIDES), neck)
        self.head = nn.Conv2d(neck, 15, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[:1], -4.0)  # faces are rare: start at a probability of about 0.02

    def raw(self, image):
        """Per level the head's output, [B, 15, h, w]: logit, offset x y, log size w h, five points."""
        x8 = self.level8(self.stem(image))
        x16 = self.level16(x8)
        x32 = self.level32(x16)
        f32 = self.lateral[2](x32)
        f16 = self.lateral[1](x16) + functional.interpolate(f32, scale_factor=2.0)
        f8 = self.lateral[0](x8) + functional.interpolate(f16, scale_factor=2.0)
        return [self.head(torch.relu(self.norm(self.tower(f), i))) for i, f in enumerate((f8, f16, f32))]

    @classmethod
    def decode(cls, levels):
        """Logits [B, N], boxes [B, N, 4], points [B, N, 10] (input pixels) and cell centres [N, 2] with strides [N]."""
        logits, boxes, points, cells, strides = [], [], [], [], []
        for raw, stride in zip(levels, cls.STRIDES):
            rows, columns = raw.shape[2], raw.shape[3]
            x = (torch.arange(columns, device=raw.device) + 0.5).to(raw.dtype) * stride
            y = (torch.arange(rows, device=raw.device) + 0.5).to(raw.dtype) * stride
            cell = torch.stack(
                [x[None, :].expand(rows, columns), y[:, None].expand(rows, columns)], dim=-1
            ).reshape(-1, 2)
            flat = raw.permute(0, 2, 3, 1).reshape(raw.shape[0], -1, 15)
            unit = stride * cls.UNIT
            centre = cell[None] + flat[:, :, 1:3] * stride
            size = torch.exp(flat[:, :, 3:5].clamp(-4.0, 3.0)) * unit
            logits.append(flat[:, :, 0])
            boxes.append(torch.cat([centre, size], dim=-1))
            points.append(flat[:, :, 5:15] * unit + cell.repeat(1, 5)[None])
            cells.append(cell)
            strides.append(torch.full((cell.shape[0],), float(stride), device=raw.device))
        cat = torch.cat
        return cat(logits, 1), cat(boxes, 1), cat(points, 1), cat(cells), cat(strides)

    @classmethod
    def faces(cls, levels):
        """Every cell's face as a row of 15 numbers (data.py), [B, N, 15]; `levels` are tensors or arrays."""
        logits, boxes, points, _, _ = cls.decode([torch.as_tensor(level) for level in levels])
        return torch.cat([boxes, points, torch.sigmoid(logits)[:, :, None]], dim=2)

    def forward(self, image):
        """As it is exported: who reads the answer decodes the few cells that see a face, since a graph that decodes all of them
        spends a tenth of its time on it."""
        return tuple(self.raw(image))


class FaceTracker(nn.Module):
    """GOTURN's question, previous crop and search crop in, box out, with three changes: the towers are small and trained, the
    middle of the previous crop is correlated with the search crop, and the box is read by soft attention over a grid, so that
    a shift of the face is a shift of the answer."""

    GRID = TRACK_SIDE // 8

    def __init__(self, widths=(16, 32, 48), fused=64, match=32):
        super().__init__()
        a, b, c = widths
        self.tower = nn.Sequential(
            conv(3, a, stride=2), conv(a, b, stride=2), conv(b, c, stride=2), Residual(c)
        )
        self.match = nn.Conv2d(c, match, 1)
        self.match_scale = match**-0.5
        half = self.GRID // 2
        self.first, self.last = self.GRID // 4, self.GRID // 4 + half
        self.fuse = nn.Sequential(conv(2 * c + half * half, fused), Residual(fused), Residual(fused))
        self.head = nn.Conv2d(fused, 15, 1)
        self.deep = nn.Sequential(conv(fused, fused, stride=2), conv(fused, fused))
        self.presence = nn.Sequential(nn.Linear(2 * fused, 32), nn.ReLU(inplace=True), nn.Linear(32, 1))
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        axis = (torch.arange(self.GRID) + 0.5) / self.GRID
        cells = torch.stack(torch.meshgrid(axis, axis, indexing="xy")).reshape(2, -1)
        self.register_buffer("cells", cells, persistent=False)  # [2, 144], x then y, units of the side

    def raw(self, previous, search):
        """Attention logits [B, 144], box [B, 4], points [B, 10], presence logit [B, 1]."""
        count = previous.shape[0]
        features = self.tower(torch.cat([previous, search]))
        matched = self.match(features)
        before, here = features[:count], features[count:]
        kernel = matched[:count, :, self.first : self.last, self.first : self.last].flatten(2)
        correlation = kernel.transpose(1, 2) @ matched[count:].flatten(2) * self.match_scale
        correlation = correlation.reshape(count, -1, self.GRID, self.GRID)
        fused = self.fuse(torch.cat([here, before, correlation], dim=1))
        out = self.head(fused).flatten(2).float()
        logits = out[:, 0] * 4.0
        attention = torch.softmax(logits, dim=1)[:, None]
        centre = ((self.cells[None] + out[:, 1:3] * 0.25) * attention).sum(2)
        size = torch.exp((out[:, 3:5] * attention).sum(2).clamp(-3.0, 1.5)) / CONTEXT
        cells = self.cells.repeat(5, 1)[None]
        points = ((cells + out[:, 5:15] * 0.25) * attention).sum(2)
        looked_at = (fused.flatten(2).float() * attention).sum(2)
        presence = self.presence(torch.cat([looked_at, self.deep(fused).float().mean((2, 3))], dim=1))
        return logits, torch.cat([centre, size], dim=1), points, presence

    def forward(self, previous, search):
        _, box, points, presence = self.raw(previous, search)
        return box, torch.sigmoid(presence), points


class ObjectSeeker(nn.Module):
    """Where in a wide window the object of two templates is: Siamese towers and pixel-wise correlation (SiamFC: Bertinetto et al.,
    2016; Alpha-Refine: Yan et al., CVPR 2021), one answer a cell. The first template is how the object looked when it was seen
    best, the second how it was seen last, so that a head that turns round is known by its latest side, too."""

    SIDE = 128  # of the search window, which is as wide as CONTEXT times the longer side of the object's last box
    TEMPLATE = 64  # at the same scale: twice the longer side
    CONTEXT = 4.0
    GRID = SIDE // 8
    KERNEL = 6  # cells of a template that are correlated, about its middle

    def __init__(self, widths=(16, 32, 64), match=48, fused=64, teacher=96):
        super().__init__()
        a, b, c = widths
        self.tower = nn.Sequential(
            conv(3, a, stride=2), conv(a, b, stride=2), conv(b, c, stride=2), Residual(c), Residual(c)
        )
        self.match = nn.Conv2d(c, match, 1)
        self.match_scale = match**-0.5
        self.as_teacher = nn.Conv2d(c, teacher, 1)  # used in training only
        self.first = (self.TEMPLATE // 8 - self.KERNEL) // 2
        channels = c + 2 * self.KERNEL**2
        self.fuse = nn.Sequential(conv(channels, fused), Residual(fused), Residual(fused), Residual(fused))
        self.head = nn.Conv2d(fused, 4, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[:1], -4.0)
        axis = (torch.arange(self.GRID) + 0.5) / self.GRID
        cells = torch.stack(torch.meshgrid(axis, axis, indexing="xy")).reshape(2, -1)
        self.register_buffer("cells", cells, persistent=False)  # [2, 256], x then y, units of the side

    def raw(self, templates, search):
        """Templates [2 B, 3, 64, 64] (first all that were seen best, then all that were seen last), search [B, 3, 128, 128]: logits
        [B, 256], middles [B, 2, 256] in units of the side, log of the growth [B, 256], features of the search [B, c, 16, 16]."""
        count = search.shape[0]
        here = self.tower(search)
        end = self.first + self.KERNEL
        kernel = self.match(self.tower(templates))[:, :, self.first : end, self.first : end].flatten(2)
        known = self.match(here).flatten(2)
        best, last = kernel[:count].transpose(1, 2) @ known, kernel[count:].transpose(1, 2) @ known
        correlation = torch.cat([best, last], 1).reshape(count, -1, self.GRID, self.GRID) * self.match_scale
        out = self.head(self.fuse(torch.cat([here, correlation], 1))).flatten(2).float()
        middles = self.cells[None] + out[:, 1:3] * 0.25
        return out[:, 0], middles, out[:, 3].clamp(-1.0, 1.0), here

    def forward(self, templates, search):
        logits, middles, growth, _ = self.raw(templates, search)
        return torch.sigmoid(logits), torch.cat([middles, growth.exp()[:, None]], 1)


class FaceLandmarks(nn.Module):
    """68 points by regression on an upright crop, and whether a face is there at all."""

    SIDE = 112
    CONTEXT = 1.5  # side of the crop over the longer side of the box

    def __init__(self, widths=(16, 32, 64, 96), narrow=32):
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Sequential(conv(3, a, stride=2), conv(a, b, stride=2), Residual(b), Residual(b))
        self.middle = nn.Sequential(conv(b, c, stride=2), Residual(c), Residual(c), Residual(c), Residual(c))
        self.deep = nn.Sequential(conv(c, d, stride=2), Residual(d), Residual(d), Residual(d))
        self.narrow = conv(d, narrow, kernel=1)
        self.points = nn.Linear(narrow * 49, 136)
        self.presence = nn.Sequential(nn.Linear(d, 32), nn.ReLU(inplace=True), nn.Linear(32, 1))
        nn.init.normal_(self.points.weight, std=0.002)

    def start_at(self, mean):
        """Begins at the mean shape, [136] in units of the crop's side."""
        with torch.no_grad():
            self.points.bias.copy_(torch.as_tensor(mean) - 0.5)

    def raw(self, image):
        """Points [B, 136] in units of the crop's side, presence logit [B, 1]."""
        deep = self.deep(self.middle(self.stem(image)))
        points = self.points(self.narrow(deep).flatten(1)).float() + 0.5
        return points, self.presence(deep.mean((2, 3)))

    def forward(self, image):
        points, presence = self.raw(image)
        return points, torch.sigmoid(presence)


class FaceMask(nn.Module):
    """Face and hair of an upright cut-out of the head, each a soft mask. A small U-Net (Ronneberger et al., 2015) whose finest
    level has half the picture's resolution; the last step up is bilinear."""

    SIDE = 128

    def __init__(self, widths=(12, 24, 40, 64)):
        super().__init__()
        a, b, c, d = widths
        self.stem = conv(3, a, stride=2)
        self.level4 = nn.Sequential(conv(a, b, stride=2), Residual(b))
        self.level8 = nn.Sequential(conv(b, c, stride=2), Residual(c), Residual(c))
        self.level16 = nn.Sequential(conv(c, d, stride=2), Residual(d), Residual(d), Residual(d))
        self.lateral8, self.up8 = conv(c + d, c, kernel=1), Residual(c)
        self.lateral4, self.up4 = conv(b + c, b, kernel=1), Residual(b)
        self.lateral2, self.up2 = conv(a + b, a, kernel=1), Residual(a)
        self.head = nn.Conv2d(a, 2, 3, padding=1)

    def raw(self, image):
        """Logits [B, 2, S, S]."""
        x2 = self.stem(image)
        x4 = self.level4(x2)
        x8 = self.level8(x4)
        x16 = self.level16(x8)
        grow = lambda x: functional.interpolate(x, scale_factor=2.0)
        y8 = self.up8(self.lateral8(torch.cat([x8, grow(x16)], 1)))
        y4 = self.up4(self.lateral4(torch.cat([x4, grow(y8)], 1)))
        y2 = self.up2(self.lateral2(torch.cat([x2, grow(y4)], 1)))
        return functional.interpolate(self.head(y2), scale_factor=2.0, mode="bilinear", align_corners=False)

    def forward(self, image):
        return torch.sigmoid(self.raw(image))


def parameters(model):
    """Number of trained values."""
    return sum(p.numel() for p in model.parameters())
