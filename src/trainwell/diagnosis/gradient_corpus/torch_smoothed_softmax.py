"""Softmax cross-entropy with label smoothing and an ignore index, one loss per example."""

import torch

IGNORE_INDEX = -100
HYPER = {"smoothing": 0.15}
BACKWARD = ("SmoothedSoftmaxLoss.backward",)


class SmoothedSoftmaxLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, target):
        smoothing = HYPER["smoothing"]
        ignored = target == IGNORE_INDEX
        safe_target = target.masked_fill(ignored, 0)

        shifted = logits - logits.amax(dim=1, keepdim=True)
        log_probs = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
        nll = -log_probs.gather(1, safe_target[:, None]).squeeze(1)
        uniform = -log_probs.mean(dim=1)
        loss = (1.0 - smoothing) * nll + smoothing * uniform

        ctx.save_for_backward(log_probs, safe_target, ignored)
        ctx.smoothing = smoothing
        return loss.masked_fill(ignored, 0.0)

    @staticmethod
    def backward(ctx, grad_output):
        log_probs, safe_target, ignored = ctx.saved_tensors
        smoothing = ctx.smoothing
        num_classes = log_probs.size(1)

        wanted = torch.full_like(log_probs, smoothing / num_classes)
        rows = torch.arange(log_probs.size(0), device=log_probs.device)
        wanted[rows, safe_target] += 1.0 - smoothing

        grad_logits = log_probs.exp() - wanted
        grad_logits = grad_logits * grad_output[:, None]
        grad_logits = grad_logits.masked_fill(ignored[:, None], 0.0)
        return grad_logits, None


FUNCTION = SmoothedSoftmaxLoss


def inputs(seed):
    generator = torch.Generator().manual_seed(2200 + seed)
    logits = 1.5 * torch.randn(8, 5, generator=generator, dtype=torch.float64)
    target = torch.randint(0, 5, (8,), generator=generator)
    target[[2, 5]] = IGNORE_INDEX
    return logits.requires_grad_(), target
