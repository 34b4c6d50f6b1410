// Placeholder until the kernels land; the install script must exist.
