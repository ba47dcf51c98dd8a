"""The commands of `semko`: each wires the parts together for one purpose."""
