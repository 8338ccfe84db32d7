"""Temperature, covariance scale and heatmap errors, fitted on validation people."""
