"""How well causes are told: on recorded answers, on the same answers rewritten, on texts that carry none."""
