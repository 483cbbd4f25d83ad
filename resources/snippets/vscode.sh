§exec§ -- code .
