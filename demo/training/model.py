"""The architecture of InternLM-XComposer2-4KHD at any size, with the checkpoint's own names as module names."""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

PLORA_SCALE = {"wqkv": 2.0, "wo": 1.0, "w1": 1.0, "w2": 1.0, "w3": 1.0}


@dataclass(frozen=True)
class Sizes:
    """Named as in config.json; vision_* are those of its vision_config."""
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    intermediate_size: int
    plora_rank_wqkv: int
    plora_rank: int
    vision_hidden_size: int
    vision_num_hidden_layers: int
    vision_num_attention_heads: int
    vision_intermediate_size: int
    rope_theta: float = 1_000_000.0
    rms_norm_eps: float = 1e-5


# --- vision tower: CLIP, pre-norm, quick GELU, no post layer norm ---

class ClipAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        views, tokens, width = x.shape
        q, k, v = (f(x).view(views, tokens, self.heads, -1).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        if hasattr(F, "scaled_dot_product_attention"):   # PyTorch 2: holds no score matrix
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            weights = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2)).softmax(-1)
            mixed = torch.matmul(weights.to(v.dtype), v)
        return self.out_proj(mixed.transpose(1, 2).reshape(views, tokens, width))


class ClipMlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class ClipLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.self_attn = ClipAttention(width, heads)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = ClipMlp(width, inner)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipEmbeddings(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, width, 14, 14, bias=False)
        self.position_embedding = nn.Embedding(577, width)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, pixels, first_row=0, first_column=0):
        """Views of any size in whole patches; a smaller one is the window of a tile at (first_row, first_column) patches."""
        patches = self.patch_embedding(pixels)
        views, _, rows, columns = patches.shape
        grid = self.position_embedding.weight[1:].view(24, 24, -1)
        window = grid[first_row:first_row + rows, first_column:first_column + columns].reshape(rows * columns, -1)
        first = (self.class_embedding + self.position_embedding.weight[0]).expand(views, 1, -1)
        return torch.cat((first.to(patches.dtype), patches.flatten(2).transpose(1, 2) + window), 1)


class ClipVisionModel(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes.vision_hidden_size
        self.embeddings = ClipEmbeddings(width)
        self.pre_layrnorm = nn.LayerNorm(width)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(
            ClipLayer(width, sizes.vision_num_attention_heads, sizes.vision_intermediate_size)
            for _ in range(sizes.vision_num_hidden_layers))

    def forward(self, pixels, first_row=0, first_column=0):
        """(views, 3, h, w) to (views, cells high, cells wide, 4*width): last layer, class token dropped, 2x2 merged."""
        x = self.pre_layrnorm(self.embeddings(pixels, first_row, first_column))
        for layer in self.encoder.layers:
            x = layer(x)
        views, rows, columns = x.shape[0], pixels.shape[2] // 14, pixels.shape[3] // 14
        x = x[:, 1:].view(views, rows // 2, 2, columns // 2, 2, -1)
        return x.permute(0, 1, 3, 2, 4, 5).flatten(3)


# --- language model: InternLM2 with partial LoRA on image positions ---

class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)).to(x.dtype) * self.weight


class PLoraLinear(nn.Linear):
    def __init__(self, inputs, outputs, rank, scale):
        super().__init__(inputs, outputs, bias=False)
        self.scale = scale
        self.Plora_A, self.Plora_B = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs, bias=False)

    def forward(self, x, is_image):
        y = super().forward(x)
        return y + self.scale * self.Plora_B(self.Plora_A(x)) if is_image else y


def rotate(x, positions, theta):
    """Half-split rotary embedding of (..., tokens, head_dim)."""
    half = x.shape[-1] // 2
    frequency = theta ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angle = positions.float()[:, None] * frequency
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


def attend(q, own, past):
    """Causal attention of a batch of sequences over what they continue.

    q (B, KV, R, L, D); own: k and v (B, KV, M, D), the sequence so far, the queries being its last L tokens;
    past: list of k and v (P, KV, T, D) whose every row is shared by B/P consecutive sequences. Returns (B, L, KV*R*D).
    """
    b, kv, r, n, d = q.shape
    q = q / math.sqrt(d)
    k, v = own
    m = k.shape[2]
    scores = torch.matmul(q.reshape(b, kv, r * n, d), k.transpose(-1, -2)).view(b, kv, r, n, m)
    hidden = torch.ones(n, m, dtype=torch.bool, device=q.device).triu(m - n + 1)
    scores = [scores.masked_fill(hidden, -1e4)]
    for past_k, _ in past:
        p = past_k.shape[0]
        flat = q.view(p, b // p, kv, r * n, d).transpose(1, 2).reshape(p, kv, -1, d)
        shared = torch.matmul(flat, past_k.transpose(-1, -2)).view(p, kv, b // p, r, n, -1)
        scores.append(shared.transpose(1, 2).reshape(b, kv, r, n, -1))
    weights = torch.cat(scores, -1).softmax(-1).to(v.dtype).split([s.shape[-1] for s in scores], -1)
    out = torch.matmul(weights[0].reshape(b, kv, r * n, m), v).view(b, kv, r, n, d)
    for weight, (_, past_v) in zip(weights[1:], past):
        p = past_v.shape[0]
        flat = weight.reshape(p, b // p, kv, r * n, -1).transpose(1, 2).reshape(p, kv, -1, weight.shape[-1])
        shared = torch.matmul(flat, past_v).view(p, kv, b // p, r * n, d).transpose(1, 2)
        out = out + shared.reshape(b, kv, r, n, d)
    return out.permute(0, 3, 1, 2, 4).reshape(b, n, kv * r * d)


QUERY_BLOCK = 384


def attend_long(q, own, past):
    """attend() in blocks of queries, so that no quadratic score matrix is held for a long sequence."""
    n = q.shape[3]
    if n <= QUERY_BLOCK * 3 // 2 or own[0].shape[2] != n:
        return attend(q, own, past)
    k, v = own
    outputs = []
    for start in range(0, n, QUERY_BLOCK):
        stop = min(n, start + QUERY_BLOCK)
        before = past + [(k[:, :, :start], v[:, :, :start])] if start else past
        outputs.append(attend(q[:, :, :, start:stop], (k[:, :, start:stop], v[:, :, start:stop]), before))
    return torch.cat(outputs, 1)


class InternLM2Attention(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.kv, self.repeat = s.num_key_value_heads, s.num_attention_heads // s.num_key_value_heads
        self.head, self.theta = s.hidden_size // s.num_attention_heads, s.rope_theta
        self.wqkv = PLoraLinear(s.hidden_size, (self.repeat + 2) * self.kv * self.head, s.plora_rank_wqkv, PLORA_SCALE["wqkv"])
        self.wo = PLoraLinear(s.hidden_size, s.hidden_size, s.plora_rank, PLORA_SCALE["wo"])

    def project(self, x, start, is_image):
        b, n, _ = x.shape
        packed = self.wqkv(x, is_image).view(b, n, self.kv, self.repeat + 2, self.head).permute(0, 2, 3, 1, 4)
        rotated = rotate(packed[:, :, :-1], torch.arange(start, start + n, device=x.device), self.theta)
        return rotated[:, :, :-1], (rotated[:, :, -1], packed[:, :, -1])

    def forward(self, x, start, is_image, past, cache=None):
        q, (k, v) = self.project(x, start, is_image)
        if cache is not None:
            k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
        return self.wo(attend_long(q, (k, v), past), is_image), (k, v)


class InternLM2Mlp(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.w1 = PLoraLinear(s.hidden_size, s.intermediate_size, s.plora_rank, PLORA_SCALE["w1"])
        self.w3 = PLoraLinear(s.hidden_size, s.intermediate_size, s.plora_rank, PLORA_SCALE["w3"])
        self.w2 = PLoraLinear(s.intermediate_size, s.hidden_size, s.plora_rank, PLORA_SCALE["w2"])

    def forward(self, x, is_image):
        return self.w2(F.silu(self.w1(x, is_image)) * self.w3(x, is_image), is_image)


class InternLM2Layer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.attention, self.feed_forward = InternLM2Attention(s), InternLM2Mlp(s)
        self.attention_norm, self.ffn_norm = (RmsNorm(s.hidden_size, s.rms_norm_eps) for _ in range(2))

    def keys(self, x, start, is_image):
        """Only what later tokens need of these."""
        return self.attention.project(self.attention_norm(x), start, is_image)[1]

    def forward(self, x, start, is_image, past, cache=None):
        y, own = self.attention(self.attention_norm(x), start, is_image, past, cache)
        x = x + y
        return x + self.feed_forward(self.ffn_norm(x), is_image), own


@dataclass
class Segment:
    """A stretch of tokens that continues another: `x` (B, tokens, hidden); `parent` is an index in the list, or None.

    Each row of the parent is continued by the same number of consecutive rows. So many pages share one system text and many
    questions share one page, and each gives what it would give as a sequence of its own.
    """
    x: torch.Tensor
    parent: int = None
    is_image: bool = False


class InternLM2(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.tok_embeddings = nn.Embedding(s.vocab_size, s.hidden_size)
        self.layers = nn.ModuleList(InternLM2Layer(s) for _ in range(s.num_hidden_layers))
        self.norm = RmsNorm(s.hidden_size, s.rms_norm_eps)

    def forward(self, segments, wanted=None):
        """Final hidden states of the segments (of the `wanted` only, if given), and per segment and layer its keys and values."""
        wanted = set(range(len(segments)) if wanted is None else wanted)
        states, kept = [g.x for g in segments], [[] for _ in segments]
        chains, starts = [], []
        for g in segments:
            chain = chains[g.parent] + [g.parent] if g.parent is not None else []
            chains.append(chain)
            starts.append(sum(segments[i].x.shape[1] for i in chain))
        for number, layer in enumerate(self.layers):
            for i, g in enumerate(segments):
                if layer is self.layers[-1] and i not in wanted:
                    kept[i].append(layer.keys(states[i], starts[i], g.is_image))
                    continue
                past = [kept[j][number] for j in chains[i]]
                states[i], own = layer(states[i], starts[i], g.is_image, past)
                kept[i].append(own)
        return {i: self.norm(states[i]) for i in wanted}, kept


class XComposer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.sizes = s
        self.plora_glb_GN = nn.Parameter(torch.randn(1, 1, 4 * s.vision_hidden_size) * 0.02)
        self.plora_sub_GN = nn.Parameter(torch.randn(1, 1, 1, 4 * s.vision_hidden_size) * 0.02)
        self.model = InternLM2(s)
        self.output = nn.Linear(s.hidden_size, s.vocab_size, bias=False)
        self.vit = nn.Module()
        self.vit.vision_tower = nn.Module()
        self.vit.vision_tower.vision_model = ClipVisionModel(s)
        self.vision_proj = nn.Sequential(nn.Linear(4 * s.vision_hidden_size, s.hidden_size), nn.GELU(),
                                         nn.Linear(s.hidden_size, s.hidden_size))

    @property
    def tower(self):
        return self.vit.vision_tower.vision_model

    def merged(self, overviews, grids):
        """Cells of the global views (B, 12, 12, C) and of the tile maps (B, H, W, C) to the vectors before the projector."""
        sub = self.plora_sub_GN.to(grids.dtype)
        overviews, grids = (torch.cat((x, sub.expand(*x.shape[:2], 1, -1)), 2).flatten(1, 2) for x in (overviews, grids))
        glb = self.plora_glb_GN.to(grids.dtype).expand(len(grids), 1, -1)
        return torch.cat((overviews, glb, grids), 1)

    def image_tokens(self, views, rows, columns, batch=8):
        """(B, 1 + rows*columns, 3, 336, 336), global view first, to (B, tokens, hidden)."""
        pages = len(views)
        cells = torch.cat([self.tower(part) for part in views.flatten(0, 1).split(batch)]).unflatten(0, (pages, -1))
        grids = cells[:, 1:].unflatten(1, (rows, columns)).transpose(2, 3).reshape(pages, 12 * rows, 12 * columns, -1)
        return self.vision_proj(self.merged(cells[:, 0], grids))


def initialise(model, generator=None):
    """Normal weights of std 0.02, smaller where a block writes into the residual; B of PLoRA starts at zero."""
    s = model.sizes
    for name, p in model.named_parameters():
        if p.dim() < 2 or "GN" in name or "norm" in name:
            continue
        std = 0.02 if "embedding" in name or "output" in name else (0.5 / p.shape[1]) ** 0.5 if p.dim() == 2 else 0.02
        if name.endswith(("wo.weight", "w2.weight")):
            std /= math.sqrt(2 * s.num_hidden_layers)
        elif name.endswith(("out_proj.weight", "fc2.weight")):
            std /= math.sqrt(2 * s.vision_num_hidden_layers)
        nn.init.normal_(p, std=std)
        if "Plora_B" in name:
            nn.init.zeros_(p)


class Generation:
    """Greedy answers to questions about one prefix (list of chained segments), with the library's repetition penalty."""

    def __init__(self, model, prefix):
        self.model = model
        with torch.no_grad():
            _, kept = model.model(prefix, wanted=())
        self.length = sum(g.x.shape[1] for g in prefix)
        self.past = [[kept[i][n] for i in range(len(prefix))] for n in range(len(model.model.layers))]

    @torch.no_grad()
    def logits(self, ids, start, caches):
        m = self.model
        x = m.model.tok_embeddings(torch.tensor([ids], device=m.output.weight.device))
        for n, layer in enumerate(m.model.layers):
            x, caches[n] = layer(x, start, False, self.past[n], caches[n])
        return m.output(m.model.norm(x[:, -1:]))[0, 0].float()

    def answer(self, prompt_ids, stop_ids, most=100, penalty=1.005, seen=(1,)):
        """Ids after the prompt, the stopping id included."""
        caches, ids, start, out = [None] * len(self.model.model.layers), list(prompt_ids), self.length, []
        while len(out) < most:
            scores = self.logits(ids, start, caches)
            past = torch.tensor(sorted({*seen, *out}), device=scores.device)
            scores[past] = torch.where(scores[past] < 0, scores[past] * penalty, scores[past] / penalty)
            start += len(ids)
            ids = [int(scores.argmax())]
            out += ids
            if ids[0] in stop_ids:
                break
        return out
