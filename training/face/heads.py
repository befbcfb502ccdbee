"""Labels for the mask network: what of a head's cut-out is face, and what is hair or hat.

Person (selfie segmentation), hair (hair segmentation) and the outline of the 68 points make a label:

    face = person and not hair, or beard; within the outline (widened for ears, raised for the forehead); no hat
    hair = person and of this head and (hair, or over the brows and no face: hats and scarves)

The teachers see the head with all that is round it, twice, the second time mirrored; the kept cut-out is larger than what the
network sees, so that training can move it.
"""

from pathlib import Path

import cv2
import numpy as np

from export import session

SIDE = 192  # kept cut-out, pixels
FINE = 384  # side of the cut-out while the label is made, pixels
CONTEXT = 2.6  # its side over the box's longer side
SEEN = 1.9  # the network's window over the box's longer side, as in the app
RISE = 0.10  # how far the window's middle lies above the box's, box heights
FOREHEAD = 0.8  # raise of the brows, units of the way from chin to the nose's root
EARS = 0.16  # widening at the ears, units of the face's width
BEARD = 0.22  # how far under the jaw hair counts as beard, units of the way from chin to the nose's root
REACH = 1.75  # how far hair and hats of a head go from the outline's middle, units of its half size; long hair goes lower
STRANGE = 3.4  # distance from the mean colour of the skin in deviations, over which it is no skin
SHARES = {"lfw": 0.45, "faker_cc0": 1.0, "youtube_faces": 0.35, "clip": 0.1}


def cutting(face, side, context):
    """The map [2, 3] from picture to the upright cut-out round the head."""
    across = face[6:8] - face[4:6] + face[12:14] - face[10:12]
    angle = float(np.arctan2(across[1], across[0])) if across[0] > 0.05 * face[2] else 0.0
    scale = side / (context * max(face[2], face[3]))
    cos, sin = np.cos(angle), np.sin(angle)
    centre = face[:2] + RISE * face[3] * np.array([sin, -cos])
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]]) * scale
    matrix[:, 2] = side / 2 - matrix[:, :2] @ centre
    return matrix


def filled(corners, side):
    """Mask uint8 [side, side], 255 in the convex hull of `corners`."""
    mask = np.zeros((side, side), np.uint8)
    hull = cv2.convexHull(np.asarray(corners, np.float32))
    cv2.fillConvexPoly(mask, np.round(hull * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    return mask


def outline(points, side):
    """Soft mask [side, side] of face, forehead and ears, from 68 points in the cut-out's pixels."""
    across = (points[16] - points[0]) * EARS
    up = (points[27] - points[8]) * FOREHEAD
    widened = [points[i] - across for i in range(4)] + [points[i] + across for i in range(13, 17)]
    raised = [points[i] + up for i in range(17, 27)]
    # Over the ears the outline rises less than over the brows.
    temples = [points[0] - across + up * 0.55, points[16] + across + up * 0.55]
    mask = filled([*points[4:13], *widened, *raised, *temples], side)
    return cv2.GaussianBlur(mask, (0, 0), side / 110).astype(np.float32) / 255


def core_of(points, side):
    """Mask uint8 [side, side] of what is face for certain: eyes, nose, mouth, cheeks."""
    return filled([*points[3:14], *points[36:48], points[27]], side)


def over_brows(points, side, start=0.0):
    """Soft mask [side, side] of all that lies over the line between eyes and brows, or `start` above it, units of the way from
    chin to the nose's root."""
    middle, up = points[17:27].mean(0) * 0.5 + points[36:48].mean(0) * 0.5, points[27] - points[8]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    height = ((x - middle[0]) * up[0] + (y - middle[1]) * up[1]) / (up @ up)
    return np.clip((height - start) / 0.12, 0, 1).astype(np.float32)


def strange(crop, points, core):
    """Soft mask [S, S] of what does not have the colour of this face's skin."""
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = cv2.GaussianBlur(lab, (0, 0), crop.shape[0] / 120)
    features = filled(points[48:60], crop.shape[0]) | filled(points[36:42], crop.shape[0]) | filled(points[42:48], crop.shape[0])
    skin = lab[(core > 127) & (features == 0)]
    skin = skin[np.argsort(skin[:, 0])[len(skin) // 5 :]]  # without beard, nostrils and frames of glasses
    mean, cover = skin.mean(0), np.cov(skin.T) + np.diag([60.0, 14.0, 14.0])
    apart = (lab - mean).reshape(-1, 3)
    distance = np.sqrt((apart @ np.linalg.inv(cover) * apart).sum(1)).reshape(crop.shape[:2])
    return np.clip((distance - STRANGE) / 1.2 + 0.5, 0, 1).astype(np.float32)


def opened(mask, radius):
    """`mask` in 0..1 without what is thinner than 2 x `radius` pixels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)


def attached(mask, seed):
    """The parts of `mask` in 0..1 that touch `seed`."""
    _, parts = cv2.connectedComponents((mask > 0.3).astype(np.uint8))
    wanted = np.unique(parts[(seed > 0.5) & (parts > 0)])
    kept = cv2.dilate(np.isin(parts, wanted).astype(np.uint8), np.ones((5, 5), np.uint8))
    return mask * kept


class Teachers:
    """Person and hair of an upright cut-out, RGB uint8 [S, S, 3]; float32 [S, S] in 0..1."""

    def __init__(self, models):
        self.person = session(Path(models) / "selfie-segmentation/selfie_segmentation.onnx")
        self.hair = session(Path(models) / "hair-segmentation/hair_segmentation.onnx")

    def once(self, crop):
        small = cv2.resize(crop, (256, 256), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        person = self.person.run(None, {"input_1": small[None]})[0][0, :, :, 0]
        large = cv2.resize(crop, (512, 512)).astype(np.float32) / 255
        feed = np.concatenate([large, np.zeros((512, 512, 1), np.float32)], axis=2)[None]
        logits = self.hair.run(None, {"input_1": feed})[0][0]
        hair = 1 / (1 + np.exp(np.clip(logits[:, :, 0] - logits[:, :, 1], -30, 30)))
        return np.stack([cv2.resize(m, crop.shape[:2], interpolation=cv2.INTER_LINEAR) for m in (person, hair)])

    def __call__(self, crop):
        mirrored = self.once(np.ascontiguousarray(crop[:, ::-1]))[:, :, ::-1]
        return (self.once(crop) + mirrored) / 2


def labels(teachers, crop, points, others):
    """uint8 [S, S, 2], face and hair, or None where the teachers contradict each other. `others`: middles [N, 2] and sizes [N] of
    the other faces in the cut-out's pixels."""
    side = crop.shape[0]
    person, hair = teachers(crop)
    person = np.clip((person - 0.3) / 0.4, 0, 1)
    hair = np.clip((hair - 0.25) / 0.5, 0, 1)
    within, core = outline(points, side), core_of(points, side)
    sure = core > 127
    # The middle of the face is a person's, and not hair, or the teachers are lost.
    if person[sure].mean() < 0.85 or hair[sure].mean() > 0.25:
        return None
    hair, person = np.where(sure, 0, hair), np.maximum(person, sure)
    down = (points[8] - points[27]) * BEARD
    chin = filled([*points[4:13], *(points[4:13] + down)], side).astype(np.float32) / 255
    chin = cv2.GaussianBlur(chin, (0, 0), side / 110)
    beard = opened(hair, side // 90) * chin
    high = over_brows(points, side)
    hat = opened(strange(crop, points, core) * high * (1 - hair) * person, side // 28)
    top = (within > 0.5) & (over_brows(points, side, 0.45) > 0.5)
    if not top.any() or (hat * (1 - hair))[top].sum() < 0.4 * max((1 - hair)[top].sum(), 0.15 * top.sum()):
        hat[:] = 0  # a shine or a shadow: hats reach the top
    face = np.maximum(person * (1 - hair) * (1 - hat) * within, person * beard)
    # Of this head: near enough, nearer to it than to another face, and in one piece with what lies round the face.
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    rows, columns = np.nonzero(within > 0.5)
    middle, half = np.array([columns.mean(), rows.mean()]), np.array([np.ptp(columns), np.ptp(rows)]) / 2
    away = np.hypot((x - middle[0]) / half[0], (y - middle[1]) / half[1])
    own = np.ones((side, side), np.float32)
    for centre, size in zip(*others):
        theirs = np.hypot(x - centre[0], y - centre[1]) / size
        ours = np.hypot(x - middle[0], y - middle[1]) / half.mean() / 2
        own *= np.clip((theirs - ours) * 6 + 0.5, 0, 1).astype(np.float32)
    near = cv2.dilate((within > 0.5).astype(np.uint8), np.ones((side // 20, side // 20), np.uint8))
    worn = 0
    if hat.any():  # what continues the hat beyond the outline
        worn = np.maximum(hat, person * high * (1 - face)) * np.clip((REACH - away) * 4, 0, 1)
    hair = attached(np.maximum(person * hair * (1 - beard), worn) * own, near)
    guide = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    radius = side // 38
    face, hair = refine(guide, face * own, radius), refine(guide, hair, radius)
    face = np.where(cv2.erode(core, np.ones((side // 40, side // 40), np.uint8)) > 127, 1, face)
    hair = np.minimum(hair, 1 - face)
    return np.round(np.clip(np.stack([face, hair], 2), 0, 1) * 255).astype(np.uint8)


def refine(guide, mask, radius, softness=4e-4):
    """Guided filter (He, Sun, Tang, 2010): edges of the mask go where the picture has its own."""
    mean = lambda x: cv2.blur(x, (2 * radius + 1, 2 * radius + 1))
    mask = mask.astype(np.float32)
    middle_g, middle_m = mean(guide), mean(mask)
    slope = (mean(guide * mask) - middle_g * middle_m) / (mean(guide * guide) - middle_g**2 + softness)
    offset = middle_m - slope * middle_g
    out = mean(slope) * guide + mean(offset)
    return np.clip((out - 0.15) / 0.7, 0, 1)


def head(teachers, picture, face_number, points):
    """(cut-out uint8 [SIDE, SIDE, 3], label uint8 [SIDE, SIDE, 2]) or None; `points` [68, 2] in the picture's pixels."""
    matrix = cutting(picture.faces[face_number], FINE, CONTEXT)
    move = lambda at: at @ matrix[:, :2].T + matrix[:, 2]
    crop = cv2.warpAffine(picture.rgb, matrix, (FINE, FINE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rest = np.delete(picture.faces, face_number, axis=0)
    rest = rest[rest[:, 14] > 0.5]
    others = move(rest[:, :2]), rest[:, 2:4].max(1) * np.hypot(*matrix[0, :2])
    label = labels(teachers, crop, move(points), others)
    if label is None:
        return None
    return tuple(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in (crop, label))


def prepare(models, pictures, marks, name, out, seed=0):
    """Writes NAME_crops.npy [N, S, S, 3], NAME_masks.npy [N, S, S, 2], uint8, and NAME_kinds.npy."""
    random, teachers = np.random.default_rng(seed), Teachers(models)
    crops, masks, kinds, lost = [], [], [], 0
    for number, face_number, points in zip(marks["picture"], marks["face"], marks["points"]):
        picture = pictures[number]
        if random.random() > SHARES.get(picture.kind, 0.0):
            continue
        found = head(teachers, picture, face_number, points)
        if found is None:
            lost += 1
            continue
        crops.append(found[0])
        masks.append(found[1])
        kinds.append(picture.kind)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / f"{name}_crops.npy", np.array(crops))
    np.save(out / f"{name}_masks.npy", np.array(masks))
    np.save(out / f"{name}_kinds.npy", np.array(kinds))
    print(f"{name}: {len(crops)} heads, {lost} left out", flush=True)
