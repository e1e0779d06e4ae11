"""Why a training script does not learn: observe, suspect, experiment, verdict."""
