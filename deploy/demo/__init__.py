"""A whole commune on this machine: broker, controller and nodes that really play."""
