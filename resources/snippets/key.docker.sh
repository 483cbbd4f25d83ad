§exec§ -- docker run --rm -e §variable§ IMAGE
