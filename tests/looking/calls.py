"""Random calls of every operation we know by hand: shapes and options drawn by Hypothesis, compared with torch."""

import torch
import torch.nn.functional as F
from hypothesis import strategies as st

SIZES = st.integers(1, 5)


def tensor(draw, *shape, low=-2.0, high=2.0):
    """Numbers that are nowhere near each other or 0: at a kink the slope is anybody's choice."""
    seed = draw(st.integers(0, 2**31 - 1))
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(shape, generator=generator, dtype=torch.float64) * (high - low) + low
    return torch.where(x.abs() < 1e-2, torch.full_like(x, 0.05), x)


def shape_of(draw, least=1, most=4):
    return [draw(SIZES) for _ in range(draw(st.integers(least, most)))]


def integers(draw, high, *shape):
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31 - 1)))
    return torch.randint(0, high, shape, generator=generator)


CALLS = {}


def call(function):
    """A strategy: draw -> (callable of the tensors, tensors that learn)."""
    CALLS[function.__name__] = function
    return function


ELEMENTWISE = {
    "relu": torch.relu,
    "relu6": lambda x: F.relu6(x * 4),
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": lambda x: F.elu(x, 1.3),
    "celu": lambda x: F.celu(x, 0.7),
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda x: F.softplus(x, 1.5, 2),
    "hardtanh": lambda x: F.hardtanh(x, -0.9, 1.1),
    "hardsigmoid": lambda x: F.hardsigmoid(x * 3),
    "hardswish": lambda x: F.hardswish(x * 3),
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "threshold": lambda x: F.threshold(x, 0.3, -5.0),
    "logsigmoid": F.logsigmoid,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "softsign": F.softsign,
    "tanhshrink": F.tanhshrink,
    "exp": torch.exp,
    "exp2": torch.exp2,
    "expm1": torch.expm1,
    "log": lambda x: x.abs().log(),
    "log1p": lambda x: x.abs().log1p(),
    "log2": lambda x: x.abs().log2(),
    "log10": lambda x: x.abs().log10(),
    "sqrt": lambda x: x.abs().sqrt(),
    "rsqrt": lambda x: x.abs().rsqrt(),
    "square": torch.square,
    "reciprocal": torch.reciprocal,
    "neg": lambda x: -x,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": lambda x: torch.tan(x / 2),
    "atan": torch.atan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "erf": torch.erf,
    "floor": torch.floor,
    "round": torch.round,
    "sign": torch.sign,
    "clamp": lambda x: x.clamp(-0.7, 0.9),
    "clamp_min": lambda x: x.clamp_min(0.1),
    "clamp_max": lambda x: x.clamp(max=0.1),
    "power": lambda x: x**3,
    "root": lambda x: x.abs() ** 0.7,
    "exponent": lambda x: 2.0**x,
    "one_less": lambda x: 1 - x,
    "one_over": lambda x: 1 / x,
    "masked_fill": lambda x: x.masked_fill(x > 0.5, 7.0),
    "detach": lambda x: x * x.detach(),
    "half_way": lambda x: x.lerp(x * x, 0.3),
    "remainder": lambda x: torch.remainder(x, 0.7),
    "fmod": lambda x: torch.fmod(x, 0.7),
    "float": lambda x: x.to(torch.float64).contiguous().clone(),
    "nan_free": lambda x: torch.where(x > 0, x, x * x),
}
for _name, _function in ELEMENTWISE.items():
    CALLS[_name] = lambda draw, _function=_function: (_function, [tensor(draw, *shape_of(draw, 0))])


def pair(draw):
    """Two tensors that broadcast."""
    shape = shape_of(draw)
    other = [n if draw(st.booleans()) else 1 for n in shape][draw(st.integers(0, len(shape))) :]
    return [tensor(draw, *shape), tensor(draw, *other)]


PAIRS = {
    "add": lambda a, b: torch.add(a, b, alpha=2),
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "atan2": torch.atan2,
    "logaddexp": torch.logaddexp,
    "pow": lambda a, b: a.abs() ** b,
    "where": lambda a, b: torch.where(a > 0.1, a, b),
    "addcmul": lambda a, b: torch.addcmul(a, b, b, value=0.5),
    "addcdiv": lambda a, b: torch.addcdiv(a, b, b.abs() + 1, value=0.5),
    "floor_divide": lambda a, b: a.detach() // b.detach() + a * b,
    "mse": lambda a, b: F.mse_loss(a, b.expand_as(a)),
    "mae": lambda a, b: F.l1_loss(a, b.expand_as(a), reduction="sum"),
    "huber": lambda a, b: F.huber_loss(a, b.expand_as(a), delta=0.7),
    "smooth_l1": lambda a, b: F.smooth_l1_loss(a, b.expand_as(a), beta=0.6),
    "lerp": lambda a, b: torch.lerp(a, b.expand_as(a), b.expand_as(a).sigmoid()),
    "cosine": lambda a, b: F.cosine_similarity(a, b.expand_as(a), dim=-1),
    "kl": lambda a, b: F.kl_div(a, b.expand_as(a).softmax(-1), reduction="batchmean"),
    "kl_log": lambda a, b: F.kl_div(a, b.expand_as(a).log_softmax(-1), reduction="sum", log_target=True),
    "soft_margin": lambda a, b: F.soft_margin_loss(a, b.detach().expand_as(a).sign()),
    "copy": lambda a, b: (a * 1).copy_(b),
    "clamp_tensor": lambda a, b: torch.clamp(a, max=b),
    "bce_logits": lambda a, b: F.binary_cross_entropy_with_logits(
        a, b.sigmoid().expand_as(a), pos_weight=torch.tensor(1.7, dtype=a.dtype)
    ),
    "bce": lambda a, b: F.binary_cross_entropy(a.sigmoid(), b.sigmoid().expand_as(a), reduction="none"),
}
for _name, _function in PAIRS.items():
    CALLS[_name] = lambda draw, _function=_function: (_function, pair(draw))


def over(draw):
    """A tensor and some axes of it."""
    shape = shape_of(draw)
    axes = draw(
        st.lists(
            st.integers(-len(shape), len(shape) - 1),
            min_size=1,
            max_size=len(shape),
            unique_by=lambda a: a % len(shape),
        )
    )
    return tensor(draw, *shape), axes, draw(st.booleans())


REDUCTIONS = {
    "sum": lambda x, d, k: x.sum(d, keepdim=k),
    "mean": lambda x, d, k: x.mean(d, k),
    "all_sum": lambda x, d, k: x.sum(),
    "amax": lambda x, d, k: x.amax(d, k),
    "amin": lambda x, d, k: x.amin(d, k),
    "max": lambda x, d, k: x.max(d[0], k)[0],
    "min": lambda x, d, k: x.min(d[0], k).values,
    "max_all": lambda x, d, k: x.max(),
    "prod": lambda x, d, k: x.prod(d[0], k),
    "logsumexp": lambda x, d, k: x.logsumexp(d, k),
    "norm": lambda x, d, k: torch.linalg.vector_norm(x, 2, d, k),
    "norm3": lambda x, d, k: x.norm(3, d[0], k),
    "norm1": lambda x, d, k: x.norm(p=1),
    "var": lambda x, d, k: x.var(d, correction=0, keepdim=k),
    "std": lambda x, d, k: (torch.cat([x, x + 1], d[0])).std(d, keepdim=k),
    "cumsum": lambda x, d, k: x.cumsum(d[0]),
    "softmax": lambda x, d, k: x.softmax(d[0]),
    "log_softmax": lambda x, d, k: F.log_softmax(x, d[0]),
    "sort": lambda x, d, k: x.sort(d[0], descending=k)[0],
    "topk": lambda x, d, k: x.topk(1, d[0])[0],
    "normalize": lambda x, d, k: F.normalize(x, dim=d[0]),
    "var_mean": lambda x, d, k: sum(torch.var_mean(x, d, correction=0, keepdim=k)),
    "flip": lambda x, d, k: x.flip(d),
    "roll": lambda x, d, k: x.roll(1, d[0]),
    "stack": lambda x, d, k: torch.stack([x, x * x], d[0]),
    "cat": lambda x, d, k: torch.cat([x, x.exp()], d[0]),
    "unsqueeze": lambda x, d, k: x.unsqueeze(d[0]) * 2,
    "transpose": lambda x, d, k: x.transpose(d[0], -1) * 1,
    "movedim": lambda x, d, k: x.movedim(d[0], 0) * 1,
    "chunk": lambda x, d, k: x.chunk(2, d[0])[-1],
    "split": lambda x, d, k: x.split(2, d[0])[0] * 2,
    "unbind": lambda x, d, k: x.unbind(d[0])[-1] * 2,
    "select": lambda x, d, k: x.select(d[0], 0) * 2,
    "narrow": lambda x, d, k: x.narrow(d[0], 0, 1) * 2,
    "index_select": lambda x, d, k: x.index_select(d[0], torch.tensor([0, 0, x.shape[d[0]] - 1])),
    "flatten": lambda x, d, k: x.flatten() * 2,
    "repeat_interleave": lambda x, d, k: x.repeat_interleave(2, d[0]),
    "repeat": lambda x, d, k: x.repeat(*[2] * x.ndim),
    "gather": lambda x, d, k: x.gather(d[0], torch.zeros_like(x, dtype=torch.long)),
    "mask": lambda x, d, k: x[x > 0] * 2,
    "permute": lambda x, d, k: x.permute(*reversed(range(x.ndim))) * 2,
    "squeeze": lambda x, d, k: x.squeeze() * 2,
    "expand": lambda x, d, k: x[None].expand(3, *x.shape) * 2,
    "item": lambda x, d, k: x[..., -1:, None] * 2,
    "scatter": lambda x, d, k: (x * 1).scatter(
        d[0], torch.zeros_like(x, dtype=torch.long).narrow(d[0], 0, 1), x.narrow(d[0], 0, 1) * 3
    ),
    "scatter_add": lambda x, d, k: (x * 1).scatter_add(d[0], torch.zeros_like(x, dtype=torch.long), x * 3),
    "index_add": lambda x, d, k: (x * 1).index_add(d[0], torch.zeros(x.shape[d[0]], dtype=torch.long), x * 3),
    "logits": lambda x, d, k: F.softmin(x, d[0]),
    "tril": lambda x, d, k: torch.tril(x[None] * 1),
    "triu": lambda x, d, k: (x[None] * 1).triu(1),
    "rms": lambda x, d, k: F.rms_norm(x, x.shape[-1:], eps=1e-5),
    "layer": lambda x, d, k: F.layer_norm(x, x.shape[-1:], eps=1e-2),
    "in_place": lambda x, d, k: (x * 1).mul_(2).add_(x).sigmoid_(),
    "set": lambda x, d, k: _written(x, d[0]),
}


def _written(x, axis):
    y = x * 1
    y.select(axis, 0).mul_(3)
    y[..., -1] = y[..., 0].clone() * 2 + y[..., -1]
    return y * y


for _name, _function in REDUCTIONS.items():

    def _drawn(draw, _function=_function):
        x, axes, keep = over(draw)
        return (lambda x: _function(x, axes, keep)), [x]

    CALLS[f"over_{_name}"] = _drawn


@call
def linear(draw):
    i, o = draw(SIZES), draw(SIZES)
    tensors = [tensor(draw, *shape_of(draw, 0, 3), i), tensor(draw, o, i)]
    return F.linear, tensors + ([tensor(draw, o)] if draw(st.booleans()) else [])


def _convolution(draw, transposed):
    axes, groups = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, 3)) for _ in range(axes)]
    stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    padding = draw(st.integers(0, 2)) if not transposed else draw(st.integers(0, min(kernel) // 2))
    size = [draw(st.integers(5, 7)) for _ in range(axes)]
    x = tensor(draw, draw(st.integers(1, 2)), inputs, *size)
    bias = [tensor(draw, outputs)] if draw(st.booleans()) else []
    if transposed:
        function = getattr(F, f"conv_transpose{axes}d")
        extra = draw(st.integers(0, max(stride, dilation) - 1))
        options = {
            "stride": stride,
            "padding": padding,
            "groups": groups,
            "dilation": dilation,
            "output_padding": extra,
        }
        weight = tensor(draw, inputs, outputs // groups, *kernel)
    else:
        function = getattr(F, f"conv{axes}d")
        if stride == 1 and draw(st.booleans()):
            padding = draw(st.sampled_from(["same", "valid"]))
        options = {"stride": stride, "padding": padding, "groups": groups, "dilation": dilation}
        weight = tensor(draw, outputs, inputs // groups, *kernel)
    return (lambda *t: function(*t, **options)), [x, weight, *bias]


@call
def convolution(draw):
    return _convolution(draw, False)


@call
def transposed_convolution(draw):
    return _convolution(draw, True)


@call
def max_pooling(draw):
    axes, kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    options = {
        "stride": draw(st.one_of(st.none(), st.integers(1, 3))), "padding": draw(st.integers(0, kernel // 2)),
        "dilation": draw(st.integers(1, 2)), "ceil_mode": draw(st.booleans()),
    }  # fmt: skip
    x = tensor(draw, 2, 2, *[draw(st.integers(5, 7)) for _ in range(axes)])
    return (lambda x: getattr(F, f"max_pool{axes}d")(x, kernel, **options)), [x]


@call
def average_pooling(draw):
    axes, kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    options = {
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.integers(0, kernel // 2)),
        "ceil_mode": draw(st.booleans()),
        "count_include_pad": draw(st.booleans()),
    }
    x = tensor(draw, 2, 2, *[draw(st.integers(3, 7)) for _ in range(axes)])
    return (lambda x: getattr(F, f"avg_pool{axes}d")(x, kernel, **options)), [x]


@call
def adaptive_pooling(draw):
    axes, kind = draw(st.integers(1, 3)), draw(st.sampled_from(["avg", "max"]))
    size = [draw(st.integers(1, 6)) for _ in range(axes)]
    x = tensor(draw, 2, 2, *[draw(st.integers(1, 6)) for _ in range(axes)])
    return (lambda x: getattr(F, f"adaptive_{kind}_pool{axes}d")(x, size)), [x]


@call
def embedding(draw):
    table, ids = tensor(draw, 6, draw(SIZES)), integers(draw, 6, *shape_of(draw, 1, 3))
    padding = draw(st.sampled_from([None, 0, 3]))
    return (lambda w: F.embedding(ids, w, padding_idx=padding)), [table]


def _recurrent(draw, kind):
    features, hidden, layers = draw(SIZES), draw(SIZES), draw(st.integers(1, 2))
    options = {
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.booleans()),
    }
    torch.manual_seed(draw(st.integers(0, 1000)))
    layer = getattr(torch.nn, kind)(features, hidden, layers, **options).double()
    x = tensor(draw, draw(SIZES), draw(SIZES), features)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, *weights):
        output, state = torch.func.functional_call(layer, dict(zip(names, weights, strict=True)), (x,))
        return output.sum() + sum((s * s).sum() for s in (state if isinstance(state, tuple) else (state,)))

    return run, [x, *(p.detach().clone() for p in layer.parameters())]


for _kind in ("RNN", "LSTM", "GRU"):
    CALLS[f"recurrent_{_kind}"] = lambda draw, _kind=_kind: _recurrent(draw, _kind)
    CALLS[f"cell_{_kind}"] = lambda draw, _kind=_kind: _cell(draw, _kind)


def _cell(draw, kind):
    torch.manual_seed(draw(st.integers(0, 1000)))
    features, hidden, rows = draw(SIZES), draw(SIZES), draw(SIZES)
    cell = getattr(torch.nn, f"{kind}Cell")(features, hidden, bias=draw(st.booleans())).double()
    names = [name for name, _ in cell.named_parameters()]

    def run(x, h, *weights):
        state = torch.func.functional_call(
            cell, dict(zip(names, weights, strict=True)), (x, (h, h * 2) if kind == "LSTM" else h)
        )
        return sum(s.square().sum() for s in (state if isinstance(state, tuple) else (state,)))

    return run, [
        tensor(draw, rows, features),
        tensor(draw, rows, hidden),
        *(p.detach().clone() for p in cell.parameters()),
    ]


@call
def attention(draw):
    batch, queries, keys, width = shape_of(draw, 1, 2), draw(SIZES), draw(SIZES), draw(SIZES)
    mask = draw(st.sampled_from(["none", "causal", "boolean", "added"]))
    tensors = [tensor(draw, *batch, n, width) for n in (queries, keys, keys)]
    options = {"scale": draw(st.sampled_from([None, 0.3])), "is_causal": mask == "causal"}
    if mask == "boolean":
        allowed = integers(draw, 2, queries, keys).bool()
        allowed[:, 0] = True
        options["attn_mask"] = allowed
    if mask == "added":
        options["attn_mask"] = tensor(draw, queries, keys)
    return (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **options)), tensors


@call
def layer_norm(draw):
    shape = shape_of(draw, 2)
    last = [*shape[:-1], shape[-1] + 2]
    return (lambda x, w, b: F.layer_norm(x, last[-1:], w, b, 1e-3)), [
        tensor(draw, *last),
        *(tensor(draw, last[-1]) for _ in "wb"),
    ]


@call
def batch_norm(draw):
    channels = draw(SIZES)
    x = tensor(draw, draw(st.integers(2, 4)), channels, *shape_of(draw, 0, 3))
    mean, variance, training = (
        torch.zeros(channels).double(),
        torch.ones(channels).double(),
        draw(st.booleans()),
    )
    return (lambda x, w, b: F.batch_norm(x, mean.clone(), variance.clone(), w, b, training, eps=1e-3)), [
        x,
        *(tensor(draw, channels) for _ in "wb"),
    ]


@call
def group_norm(draw):
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 3))
    x = tensor(draw, draw(SIZES), channels, *shape_of(draw, 1, 2), 3)
    function = (
        (lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3))
        if draw(st.booleans())
        else (lambda x, w, b: F.instance_norm(x, weight=w, bias=b, eps=1e-3))
    )
    return function, [x, *(tensor(draw, channels) for _ in "wb")]


@call
def matmul(draw):
    n, k, m = draw(SIZES), draw(SIZES), draw(SIZES)
    batch = shape_of(draw, 0, 2)
    left = tensor(draw, *batch, n, k) if draw(st.booleans()) else tensor(draw, k)
    right = draw(st.sampled_from(["matrix", "batch", "vector"]))
    shapes = {"matrix": (k, m), "batch": (*batch, k, m), "vector": (k,)}
    return torch.matmul, [left, tensor(draw, *shapes[right])]


@call
def addmm(draw):
    n, k, m, b = draw(SIZES), draw(SIZES), draw(SIZES), draw(SIZES)
    if draw(st.booleans()):
        return (lambda c, x, y: torch.addmm(c, x, y, beta=0.5, alpha=2)), [
            tensor(draw, m),
            tensor(draw, n, k),
            tensor(draw, k, m),
        ]
    return (lambda c, x, y: torch.baddbmm(c, x, y, beta=0.5, alpha=2)), [
        tensor(draw, b, n, m),
        tensor(draw, b, n, k),
        tensor(draw, b, k, m),
    ]


@call
def einsum(draw):
    equation = draw(
        st.sampled_from(
            [
                "ij,jk->ik",
                "bij,bjk->bik",
                "i,j->ij",
                "ij->ji",
                "ii->i",
                "ijk->",
                "ij,ij->i",
                "bhqd,bhkd->bhqk",
                "...i,ji->...j",
                "ij,jk,kl->il",
                "bi,oij,bj->bo",
                "ij->j",
            ]
        )
    )
    sizes = {letter: draw(SIZES) for letter in "bhijklqdo"}
    operands = [
        tensor(
            draw,
            *[
                n
                for letter in part.replace("...", ".")
                for n in ([sizes["b"], sizes["h"]] if letter == "." else [sizes[letter]])
            ],
        )
        for part in equation.split("->")[0].split(",")
    ]
    return (lambda *t: torch.einsum(equation, *t)), operands


@call
def outer_and_bilinear(draw):
    n, i, j, o = draw(SIZES), draw(SIZES), draw(SIZES), draw(SIZES)
    if draw(st.booleans()):
        return torch.outer, [tensor(draw, n), tensor(draw, i)]
    return F.bilinear, [tensor(draw, n, i), tensor(draw, n, j), tensor(draw, o, i, j), tensor(draw, o)]


@call
def cross_entropy(draw):
    n, c, places = draw(st.integers(2, 5)), draw(st.integers(2, 5)), shape_of(draw, 0, 2)
    soft = draw(st.booleans())
    options = {
        "label_smoothing": draw(st.sampled_from([0.0, 0.2])),
        "reduction": draw(st.sampled_from(["mean", "sum", "none"])),
    }
    if draw(st.booleans()):
        options["weight"] = tensor(draw, c, low=0.1)
    if soft:
        target = tensor(draw, n, c, *places).softmax(1)
    else:
        target = integers(draw, c, n, *places)
        if draw(st.booleans()):
            target[0], options["ignore_index"] = -1, -1
    return (lambda x: F.cross_entropy(x, target, **options)), [tensor(draw, n, c, *places)]


@call
def nll(draw):
    n, c = draw(SIZES), draw(st.integers(2, 5))
    target, weight = integers(draw, c, n), tensor(draw, c, low=0.1)
    return (lambda x: F.nll_loss(x, target, weight)), [tensor(draw, n, c)]


@call
def prelu_and_glu(draw):
    if draw(st.booleans()):
        return F.glu, [tensor(draw, *shape_of(draw, 0, 2), 2 * draw(SIZES))]
    channels = draw(SIZES)
    return F.prelu, [tensor(draw, 2, channels, 3), tensor(draw, draw(st.sampled_from([1, channels])))]


@call
def pad(draw):
    x = tensor(draw, 2, 2, draw(st.integers(3, 5)), draw(st.integers(3, 5)))
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    widths = [draw(st.integers(-1 if mode == "constant" else 0, 2)) for _ in range(4)]
    return (lambda x: F.pad(x, widths, mode)), [x]


@call
def upsample(draw):
    axes = draw(st.integers(1, 3))
    mode = draw(st.sampled_from(["nearest", ["linear", "bilinear", "trilinear"][axes - 1]]))
    x = tensor(draw, 1, 2, *[draw(st.integers(1, 4)) for _ in range(axes)])
    options = {} if mode == "nearest" else {"align_corners": draw(st.booleans())}
    size = [draw(st.integers(1, 7)) for _ in range(axes)]
    factor = draw(st.sampled_from([2, 1.5]))
    by_size = draw(st.booleans())
    return (
        lambda x: F.interpolate(
            x, **({"size": size} if by_size else {"scale_factor": factor}), mode=mode, **options
        )
    ), [x]


@call
def windows(draw):
    x = tensor(draw, 2, 2, draw(st.integers(4, 6)), draw(st.integers(4, 6)))
    options = {
        "kernel_size": draw(st.integers(1, 3)),
        "dilation": 1,
        "padding": draw(st.integers(0, 1)),
        "stride": draw(st.integers(1, 2)),
    }
    if draw(st.booleans()):
        return (lambda x: F.fold(F.unfold(x, **options), x.shape[2:], **options)), [x]
    return (lambda x: x.unfold(2, 2, 1) * 2), [x]


@call
def pixel_shuffle(draw):
    r = draw(st.integers(1, 3))
    return (lambda x: F.pixel_unshuffle(F.pixel_shuffle(x, r).exp(), r)), [tensor(draw, 2, 2 * r * r, 2, 3)]


@call
def dropout(draw):
    p, x = draw(st.sampled_from([0.2, 0.5])), tensor(draw, 3, 4, 5)
    function = draw(st.sampled_from([F.dropout, F.dropout1d, F.alpha_dropout]))
    return (lambda x: function(x, p, True)), [x]
