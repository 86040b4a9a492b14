"""Files of invented people."""

KINDS = ("bank", "insurer", "retailer", "hyperscaler")
LEVELS = ("Director", "Engineering Manager", "Engineer", "Account Executive")
FIRST = (
    *("Asha", "Boris", "Chloe", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kemi", "Lars", "Mona", "Nadir", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tara"),
)
LAST = (
    *("Abbott", "Bauer", "Castro", "Dalton", "Eriksen", "Fowler", "Grieg", "Hughes"),
    *("Ivanov", "Jansen", "Keller", "Lowry", "Moreau", "Novak", "Osei", "Patel"),
)


def csv_of_people(rows: int, *, bad: int = 0, start: int = 0) -> bytes:
    """So many people, of whom the last `bad` have one cell each that can't be read."""
    lines = ["Name,E-mail,Phone,Segment,Company,Class of company,Level,From,Until"]
    for n in range(start, start + rows):
        name = f"{FIRST[n % 20]} {LAST[n // 20 % 16]}-{LAST[n // 320 % 16]}"
        number, end = f"+44 20 7946 {n:04}", f"{2023 + n % 3}-0{1 + n % 9}"
        cells = [
            name,
            f"p{n}@example.com",
            number,
            "customers",
            f"Northgate {start}-{n % 60}" if start else f"Northgate {n % 60}",
        ]
        cells += [KINDS[n % 4], LEVELS[n // 4 % 4], f"201{n % 10}-03", end]
        if n >= start + rows - bad:
            spoilt, cell = [(1, "p at example"), (3, "nobody"), (6, "Head of Kiro"), (7, "03/04/2015"), (0, "")][n % 5]
            cells[spoilt] = cell
        lines.append(",".join(cells))
    return "\n".join(lines).encode()
