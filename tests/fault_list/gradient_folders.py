"""Where the gradient checker's modules are, below the package."""

TAPE = "diagnosis/gradient_tape"
VERDICT = "diagnosis/gradient_verdict"
LOCALISATION = "diagnosis/gradient_localisation"
TRIALS = "diagnosis/gradient_trials"
PATCHES = "diagnosis/gradient_patches"
GRADIENTS = "diagnosis/gradients"
FRAMEWORKS = "diagnosis/gradient_frameworks"
