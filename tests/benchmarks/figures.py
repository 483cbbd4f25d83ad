"""What a process has cost so far. Imported and called only when what is measured is over."""


def memory() -> tuple[float, float]:
    """MiB that are resident, and the process's share of them: of a page that n processes have, the n-th part."""
    with open("/proc/self/smaps_rollup") as file:
        kib = {line.split()[0]: int(line.split()[1]) for line in file if line.startswith(("Rss:", "Pss:"))}
    return kib["Rss:"] / 1024, kib["Pss:"] / 1024
