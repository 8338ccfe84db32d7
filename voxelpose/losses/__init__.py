"""The losses, each as sums and weights apart, so that several devices can divide by the weight of all of them."""
