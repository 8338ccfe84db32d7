"""The same networks and losses in plain PyTorch, to compare with.

What a twin is made of comes from a file that `handover` wrote. Nothing in here imports TensorFlow or Keras, nor a
module that does: PyTorch's Triton and TensorFlow bring an LLVM each, and a process that loads both may crash.
"""
