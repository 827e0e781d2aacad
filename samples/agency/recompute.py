#!/usr/bin/env python3
"""Works this sample out a second time, from the tracker's pages, the contracts below and the files of rates alone, and holds the result
against what the books of both companies hold (documents-*.json) and against the proof (summary.csv, detail.csv).

    python3 recompute.py [FOLDER]       FOLDER holds pages, changes, rates and expected; default: where this file is

It shares no code with BatchSync and reads neither its mapping nor its store. Amounts are exact fractions, rounded where the rules say so.
Exit code 0: everything agrees. 1: there are gaps, each in a line that begins with GAP.
"""
import csv
import datetime
import json
import math
import pathlib
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from zoneinfo import ZoneInfo

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}

# ---- The contracts, as the firm's people know them. Prices hold the tax. -------------------------------------------------------------

ENTITIES = {"us": ("America/New_York", "USD"), "de": ("Europe/Berlin", "EUR")}
CLIENTS = {  # tracker's id = customer in the books: code, entity, currency, tax code
    "101": ("HARBOR", "us", "USD", "NY"), "102": ("KITE", "us", "USD", "NY"), "103": ("SAKURA", "us", "JPY", "ZERO"), "104": ("BLUEBIRD", "us", "USD", "NY"),
    "201": ("NORDWIND", "de", "EUR", "VAT"), "202": ("LUMIERE", "de", "EUR", "REVERSE"), "203": ("GULF", "de", "KWD", "ZERO"), "199": ("HOUSE", "us", "USD", "ZERO"),
}
PROJECTS = {
    "1011": "HM-EXHIBIT", "1012": "HM-DOCENTS", "1021": "KITE-APP", "1022": "KITE-EU", "1031": "SK-NAVI", "1041": "BB-STAND",
    "2011": "NW-SHOP", "2021": "LU-BRAND", "2031": "GULF-PLANT", "2032": "GULF-WORKSHOP", "1991": "INT-SALES",
}
TASKS = {"Development": "DEV", "Design": "DESIGN", "Training": "TRAINING", "Travel": "TRAVEL", "Administration": "ADMIN"}
OFFICES = {"21": "NYC", "22": "NYC", "23": "NYC", "24": "BER", "25": "BER", "26": "BER"}
TAXES = {"NY": ["4", "4.5", "0.375"], "VAT": ["19"], "REVERSE": [], "ZERO": [], "EDUCATION": []}
MARKUP = {"Transportation": 10}
CAP = ("HM-EXHIBIT", Fraction(3900))
RETAINER = ("KITE", Fraction(5000))
WITHHOLDING = {"GULF": Fraction(5, 100)}
DINAR_IN_EUR = "treasury-contracts.csv"
START, END, DOCUMENT_DATE = datetime.date(2026, 10, 1), datetime.date(2026, 11, 1), datetime.date(2026, 10, 31)


def price_of(r):
    """Price of an hour, and the part of the time that is billed."""
    client, project, task, person = CLIENTS[r["client"]][0], PROJECTS[r["project"]], TASKS[r["task"]], r["person"]
    if client == "GULF": return ("71.350" if task == "TRAINING" else "58.215"), "1"
    if client == "SAKURA": return "24870", "1"
    if client == "LUMIERE": return "118.40", ("0.5" if task == "TRAVEL" else "1")
    if client == "NORDWIND": return "129.95", ("0.75" if person == "25" else "1")
    if project == "KITE-APP" and person == "21": return "214.99", "1"
    return ("162.50" if task == "TRAINING" else "187.35"), "1"


def tax_of(r):
    project = PROJECTS[r["project"]]
    if project == "GULF-WORKSHOP": return "VAT"
    if CLIENTS[r["client"]][0] == "HARBOR" and r.get("task") == "Training": return "EDUCATION"
    return "ZERO" if project == "KITE-EU" else CLIENTS[r["client"]][3]


def line_discount(project, task, kind):
    if project == "KITE-APP" and task == "DEV": return Fraction("0.075")
    if project == "SK-NAVI" and task == "DESIGN": return Fraction("0.125")
    if project.startswith("GULF-") and kind == "time": return Fraction("0.04")
    return Fraction(0)


def document_discount(client, net, taken_before):
    """Of the amounts after line discounts; a fixed one is given once, over all documents of the month."""
    if client in ("HARBOR", "GULF"): return half_up(net * Fraction("0.03"), DECIMALS["USD" if client == "HARBOR" else "KWD"])
    if client == "NORDWIND": return max(Fraction(0), min(Fraction(250) - taken_before, net))
    return Fraction(0)


# ---- Arithmetic ----------------------------------------------------------------------------------------------------------------------

def half_up(value, decimals):
    """To so many decimals, halves away from zero."""
    units = math.floor(abs(value) * 10**decimals + Fraction(1, 2))
    return Fraction(units if value >= 0 else -units, 10**decimals)


def shared(total, weights, decimals):
    """A total handed out by weight in whole units; what is missing goes to the largest remainders, of equal ones to the first."""
    if total < 0: return [-s for s in shared(-total, weights, decimals)]
    units, whole = total * 10**decimals, sum(weights)
    if units == 0: return [Fraction(0)] * len(weights)
    exact = [units * w / whole for w in weights]
    given = [math.floor(e) for e in exact]
    for i in sorted(range(len(weights)), key=lambda i: -(exact[i] - given[i]))[: int(units - sum(given))]: given[i] += 1
    return [Fraction(g, 10**decimals) for g in given]


def quotes():
    """Currency -> date -> units for one euro."""
    found = defaultdict(dict)
    for row in csv.DictReader(open(ROOT / "rates" / "eurofxref-hist.csv", encoding="utf-8")):
        for currency, value in row.items():
            if currency not in ("Date", "") and value and value != "N/A": found[currency][datetime.date.fromisoformat(row["Date"])] = Fraction(value)
    return found


def rate(source, target, day):
    """Units of the target for one of the source: agreed, or by the latest day of the last five that quotes both."""
    for row in csv.DictReader(open(ROOT / "rates" / DINAR_IN_EUR, encoding="utf-8")):
        if (row["from_currency"], row["to_currency"]) == (source, target) and row["from"] <= day.isoformat() < row["until"]: return Fraction(row["rate"])
    for back in range(6):
        published = day - datetime.timedelta(back)
        a, b = (Fraction(1) if c == "EUR" else ECB[c].get(published) for c in (source, target))
        if a and b: return b / a
    raise SystemExit(f"no rate from {source} to {target} on {day}")


ECB = quotes()

# ---- Records -------------------------------------------------------------------------------------------------------------------------

def read(folder, stream):
    path = ROOT / folder / f"{stream}.json"
    return {(stream, str(r["id"])): dict(r, key=(stream, str(r["id"]))) for r in json.load(open(path, encoding="utf-8"), parse_float=Fraction)[stream]} if path.exists() else {}


def is_time(r): return r["key"][0] == "time_entries"


def entity_of(r): return "de" if r["project"] == "1022" else CLIENTS[r["client"]][1]


def date_of(r):
    if not is_time(r): return datetime.date.fromisoformat(r["date"])
    return datetime.datetime.fromisoformat(r["started_at"].replace("Z", "+00:00")).astimezone(ZoneInfo(ENTITIES[entity_of(r)][0])).date()


def key_of(r): return (entity_of(r), CLIENTS[r["client"]][0], CLIENTS[r["client"]][2], r["client"])


def is_billable(r):
    return START <= date_of(r) < END and r["billable"] and r["status"] == "approved" and not r.get("is_deleted") and CLIENTS[r["client"]][0] != "HOUSE"


# ---- Documents -----------------------------------------------------------------------------------------------------------------------

def billed_seconds(records, fixed, beside):
    """A day of a person on a task is rounded up to quarters of an hour, and at least half an hour; what stands already keeps its seconds."""
    days, billed = defaultdict(list), dict(fixed)
    for r in [r for r in records if is_time(r)] + beside: days[r["client"], r["project"], r["task"], r["person"], date_of(r)].append(r)
    for entries in days.values():
        worked = sum(r["seconds"] for r in entries)
        total = max(math.ceil(Fraction(worked, 900)) * 900, 1800)
        free = sorted((r for r in entries if r["key"] not in fixed), key=lambda r: (-r["seconds"], r["key"][1]))
        left = total - sum(fixed[r["key"]] for r in entries if r["key"] in fixed)
        for r, seconds in zip(free, shared(Fraction(left), [r["seconds"] for r in free], 0)): billed[r["key"]] = int(seconds)
    return billed


class Document:
    """The lines of records, with all that is taken off, and each record's share."""

    def __init__(self, key, records, fixed=None, beside=(), discount_taken=Fraction(0)):
        self.key, self.entity, self.client, self.currency = key, key[0], key[1], key[2]
        self.decimals = DECIMALS[self.currency]
        self.billed = billed_seconds(records, fixed or {}, list(beside))
        lines = defaultdict(list)
        for r in records: lines[self.line_of(r)].append(r)
        # Project, task, time before expense, price, tax code, smallest id.
        self.lines = sorted(({"id": k, "records": rs} for k, rs in lines.items()), key=lambda l: (*l["id"][:2], l["id"][2] != "time", Fraction(l["id"][3]), l["id"][4], min(r["key"][1] for r in l["records"])))
        for line in self.lines: self.price(line)
        left = [l["amount"] - l["own"] for l in self.lines]
        self.discount = document_discount(self.client, sum(left), discount_taken)
        for line, part, before in zip(self.lines, shared(self.discount, left, self.decimals), left): line.update(spread=part, gross=before - part, taxes=[])
        for code in {l["id"][4] for l in self.lines}: self.tax([l for l in self.lines if l["id"][4] == code], [Fraction(t) / 100 for t in TAXES[code]])
        for line in self.lines: line["net"] = line["gross"] - sum(line["taxes"])
        self.shares = {}
        for line in self.lines: self.hand_out(line)
        self.net, self.tax_total = sum(l["net"] for l in self.lines), sum(sum(l["taxes"]) for l in self.lines)

    def line_of(self, r):
        if is_time(r): return PROJECTS[r["project"]], TASKS[r["task"]], "time", price_of(r)[0], tax_of(r), OFFICES[r["person"]], ""
        return PROJECTS[r["project"]], "", "expense", str(abs(self.expense(r))), tax_of(r), OFFICES[r["person"]], r["key"][1]

    def expense(self, r):
        foreign = Fraction(1) if r["currency"] == self.currency else rate(r["currency"], self.currency, date_of(r))
        return half_up(Fraction(r["amount"]) * foreign * (1 + Fraction(MARKUP.get(r["category"], 0), 100)), self.decimals)

    def weight(self, r): return self.billed[r["key"]] * Fraction(price_of(r)[1]) if is_time(r) else Fraction(1)

    def price(self, line):
        project, task, kind = line["id"][:3]
        line["charged"] = sum(self.weight(r) for r in line["records"]) if kind == "time" else Fraction(0)
        line["amount"] = half_up(half_up(line["charged"] / 3600, 4) * Fraction(line["id"][3]), self.decimals) if kind == "time" else self.expense(line["records"][0])
        line["exact"] = line["charged"] / 3600 * Fraction(line["id"][3]) if kind == "time" else line["amount"]
        line["own"] = half_up(line["amount"] * line_discount(project, task, kind), self.decimals)

    def tax(self, lines, rates):
        gross = sum(l["gross"] for l in lines)
        tax = gross - half_up(gross / (1 + sum(rates)), self.decimals)
        for part in shared(tax, rates, self.decimals):
            for line, amount in zip(lines, shared(part, [l["gross"] for l in lines], self.decimals)): line["taxes"].append(amount)

    def hand_out(self, line):
        records = sorted(line["records"], key=lambda r: (-r["seconds"] if is_time(r) else 0, r["key"][1]))
        weights = [self.weight(r) for r in records]
        nets, taxes = shared(line["net"], weights, self.decimals), [shared(t, weights, self.decimals) for t in line["taxes"]]
        for i, r in enumerate(records): self.shares[r["key"]] = Share(r, self.billed.get(r["key"], 0), self.weight(r) if is_time(r) else Fraction(0), nets[i], [t[i] for t in taxes])


class Share:
    """What the books hold of a record."""

    def __init__(self, record, billed, charged, net, taxes): self.record, self.billed, self.charged, self.net, self.taxes = record, billed, charged, net, taxes

    @property
    def tax(self): return sum(self.taxes)


class Books:
    """What was posted, document by document."""

    def __init__(self): self.held, self.posted, self.drawn, self.discounts = defaultdict(dict), [], Fraction(0), defaultdict(Fraction)

    def post(self, key, kind, net, tax, lines, **sums):
        """Lines: net and taxes of each, for the base amounts."""
        entity, client, currency, customer = key
        decimals, base = DECIMALS[currency], ENTITIES[entity][1]
        sign = -1 if net + tax < 0 else 1
        withholding = half_up(abs(net) * WITHHOLDING.get(client, 0), decimals)
        retainer = max(Fraction(0), min(RETAINER[1] - self.drawn, net + tax - withholding)) if client == RETAINER[0] and sign > 0 else Fraction(0)
        self.drawn += retainer
        row = dict(sums, key=key, kind=kind, type="credit_note" if sign < 0 else "invoice", sign=sign, net=abs(net), tax=tax * sign, total=abs(net + tax), withholding=withholding, retainer=retainer, rate=None, base=None, base_at_books=None, fx=Fraction(0))
        if base != currency:
            exact = rate(currency, base, DOCUMENT_DATE)
            row["rate"], row["base"] = half_up(exact, 6), half_up(row["total"] * exact, DECIMALS[base])
            row["base_at_books"] = half_up(row["total"] * row["rate"], DECIMALS[base])
            row["fx"] = row["base"] - sum(half_up(a * sign * exact, DECIMALS[base]) for n, ts in lines for a in [n, *ts])
        self.posted.append(row)

    def bill(self, key, kind, records):
        """A document of records that no document holds yet."""
        held = self.held[key]
        beside = [s.record for s in held.values() if is_time(s.record)]
        fixed = {k: s.billed for k, s in held.items()}
        out = set()
        while True:
            document = Document(key, [r for r in records if r["key"] not in out], fixed, beside, self.discounts[key])
            room = CAP[1] - sum(s.net for s in held.values() if is_time(s.record) and PROJECTS[s.record["project"]] == CAP[0])
            capped = [r for r in records if is_time(r) and PROJECTS[r["project"]] == CAP[0] and r["key"] not in out]
            if not capped or sum(l["net"] for l in document.lines if l["id"][0] == CAP[0] and l["id"][2] == "time") <= room: break
            out.add(max(capped, key=lambda r: (date_of(r), r["key"][1]))["key"])
        if not document.lines: return
        self.discounts[key] += document.discount
        self.post(
            key, kind, document.net, document.tax_total, [(l["net"], l["taxes"]) for l in document.lines], amount=sum(l["amount"] for l in document.lines), exact=sum(l["exact"] for l in document.lines),
            line_discount=sum(l["own"] for l in document.lines), document_discount=document.discount, adjusted=Fraction(0))
        held.update(document.shares)

    def correct(self, key, changed):
        """A document with what changed records should be, less what the books hold of them. The others keep what they have."""
        held = self.held[key]
        stay = {k: s for k, s in held.items() if k not in changed}
        amended = [r for r in changed.values() if is_billable(r)]
        again = Document(key, amended + [s.record for s in stay.values()], {k: s.billed for k, s in stay.items()}) if amended else None
        lines = []
        for k in changed:
            old, new = held.pop(k), again.shares.get(k) if again else None
            lines.append(((new.net if new else 0) - old.net, [(new.taxes[i] if new else 0) - t for i, t in enumerate(old.taxes)]))
            if new: held[k] = new
        net, tax = sum(n for n, _ in lines), sum(sum(ts) for _, ts in lines)
        self.post(key, "correction", net, tax, lines, amount=Fraction(0), exact=Fraction(0), line_discount=Fraction(0), document_discount=Fraction(0), adjusted=net + tax)


# ---- The month -----------------------------------------------------------------------------------------------------------------------

def play():
    """October as it was invoiced, and then what changed."""
    books = Books()
    first = {**read("pages", "time_entries"), **read("pages", "expenses")}
    after = {**read("changes", "time_entries"), **read("changes", "expenses")}
    for key in sorted({key_of(r) for r in first.values() if is_billable(r)}): books.bill(key, "original", [r for r in first.values() if is_billable(r) and key_of(r) == key])
    for key in sorted(books.held):
        changed = {k: r for k, r in after.items() if k in books.held[key]}
        if changed: books.correct(key, changed)
    now = {**first, **after}
    for key in sorted(books.held):
        new = [r for r in now.values() if is_billable(r) and key_of(r) == key and r["key"] not in books.held[key]]
        if new: books.bill(key, "supplement", new)
    return books, first, after


def studio():
    """Net prices and no rounding of time; what changes is credited and billed again."""
    def invoice(entries):
        net = tax = Fraction(0)
        for task, hourly in (("Photography", "96.00"), ("Retouching", "71.30")):
            line = half_up(half_up(Fraction(sum(e["minutes"] for e in entries if e["task"] == task), 60), 4) * Fraction(hourly), 2)
            net, tax = net + line, tax + half_up(line * Fraction("0.19"), 2)
        return net, tax, net + tax
    before = {e["id"]: e for e in json.load(open(ROOT / "pages" / "studio_entries.json", encoding="utf-8"))["studio_entries"]}
    after = {**before, **{e["id"]: e for e in json.load(open(ROOT / "changes" / "studio_entries.json", encoding="utf-8"))["studio_entries"]}}
    old, new = invoice(before.values()), invoice(after.values())
    return [("invoice", *old), ("credit_note", *old), ("invoice", *new)]


# ---- Comparison ----------------------------------------------------------------------------------------------------------------------

GAPS = []


def compare(what, ours, theirs):
    if ours != theirs: GAPS.append(f"GAP {what}: recomputed {shown(ours)}, found {shown(theirs)}")


def shown(value):
    if isinstance(value, Fraction): return f"{float(value):.10g}"
    return "(" + ", ".join(shown(v) for v in value) + ")" if isinstance(value, tuple) else str(value)


def last(pattern):
    """The newest file of the runs that has rows of October."""
    files = sorted(ROOT.glob("expected/" + pattern), key=lambda p: int(p.parent.name.split("-")[0]), reverse=True)
    return next(f for f in files if "2026-10" in f.read_text(encoding="utf-8-sig"))


def compare_documents(books):
    numbers = ("net", "tax", "total", "withholding", "retainer", "exchange_rate", "base_total")
    for entity in ENTITIES:
        found = Counter()
        for d in json.load(open(last(f"*/documents-{entity}.json"), encoding="utf-8"), parse_float=Fraction)["documents"]:
            found[(d["customer"], d["currency"], d["type"], *(Fraction(d[n]) if n in d else None for n in numbers))] += 1
        ours = Counter((d["key"][3], d["key"][2], d["type"], d["net"], d["tax"], d["total"], d["withholding"], d["retainer"], d["rate"], d["base_at_books"]) for d in books.posted if d["key"][0] == entity)
        if entity == "de": ours.update(("209", "EUR", kind, net, tax, total, Fraction(0), Fraction(0), None, None) for kind, net, tax, total in studio())
        for d in (ours - found): compare(f"document of customer {d[0]} in {entity}", d, "nothing")
        for d in (found - ours): compare(f"document of customer {d[0]} in {entity}", "nothing", d)


def compare_summary(books, first, after):
    """Every row of October's time, amounts and documents: one that nothing was held against is a gap too."""
    rows = {}
    for row in csv.DictReader(open(last("*-agency/summary.csv"), encoding="utf-8-sig")):
        if row["period"] == "2026-10" and row["step"] != "difference": rows[row["entity"], row["client"], row["currency"], row["step"], row["item"]] = row
    table, left = [], {k for k in rows if k[3] in ("time", "amount", "posting")}
    for key in sorted(books.held):
        entity, client, currency, _ = key
        documents, shares, base = [d for d in books.posted if d["key"] == key], list(books.held[key].values()), ENTITIES[entity][1]

        def total(field): return sum(d[field] * d["sign"] if field in ("net", "tax", "total", "withholding", "retainer", "base", "base_at_books", "fx") else d[field] for d in documents)

        def row(column, step, item, ours, unit=currency):
            name = entity, client, unit, step, item
            left.discard(name)
            compare(" ".join(name), Fraction(ours), Fraction(rows[name][column] or 0) if name in rows else Fraction(0))

        time = [s for s in shares if is_time(s.record)]
        worked, billed, charged = (sum(of(s) for s in time) for of in (lambda s: s.record["seconds"], lambda s: s.billed, lambda s: s.charged))
        versions = [r for page in (first, after) for r in page.values() if is_time(r) and key_of(r) == key and START <= date_of(r) < END]
        row("seconds", "records", "time_entries", sum(r["seconds"] for r in versions))
        row("seconds", "bucket", "time_entries billed", worked)
        row("seconds", "time", "worked", worked)
        row("seconds", "time", "time rounding", billed - worked)
        row("seconds", "time", "billed", billed)
        if billed != charged:
            row("seconds", "time", "partly billable", half_up(charged, 0) - billed)
            row("seconds", "time", "charged", half_up(charged, 0))
        row("amount", "amount", "exact", half_up(total("exact"), 10))
        row("amount", "amount", "line rounding", half_up(total("amount") - total("exact"), 10))
        row("amount", "amount", "adjustments", total("adjusted"))
        row("amount", "amount", "line discount", -total("line_discount"))
        row("amount", "amount", "document discount", -total("document_discount"))
        row("amount", "amount", "tax in prices", total("net") - total("amount") - total("adjusted") + total("line_discount") + total("document_discount"))
        for item in ("net", "tax", "total"): row("amount", "amount", item, total(item))
        row("amount", "amount", "withholding", -total("withholding"))
        row("amount", "amount", "retainer", -total("retainer"))
        if total("withholding") or total("retainer"): row("amount", "amount", "amount due", total("total") - total("withholding") - total("retainer"))
        if base != currency:
            row("amount", "amount", f"base total {base}", total("base"))
            row("amount", "amount", f"FX rounding {base}", total("fx"))
            row("amount", "posting", "rate decimals", total("base_at_books") - total("base"), base)
        for item in ("documents", "outbox Posted", "read-back"): row("amount", "posting", item, total("total"))
        table.append((entity, client, currency, worked, billed, total("net"), total("tax"), total("total"), total("base") if base != currency else None, base))
    for name in sorted(left): compare(" ".join(name), "nothing", rows[name]["amount"] or rows[name]["seconds"])
    return table


def compare_detail(books):
    """Every record by itself: seconds, net and tax over all documents that hold it."""
    found = defaultdict(lambda: [Fraction(0)] * 3)
    for row in csv.DictReader(open(last("*-agency/detail.csv"), encoding="utf-8-sig")):
        if not row["reference"]: continue
        k = row["stream"], row["record_id"]
        found[k] = [a + Fraction(row[n] or 0) for a, n in zip(found[k], ("billed_seconds", "net", "tax"))]
    ours = {k: s for held in books.held.values() for k, s in held.items()}
    for k in sorted(found.keys() | ours.keys()):
        s = ours.get(k)
        compare("record " + "/".join(k), (Fraction(s.billed), s.net, Fraction(s.tax)) if s else (Fraction(0),) * 3, tuple(found[k]))


def main():
    books, first, after = play()
    compare_documents(books)
    table = compare_summary(books, first, after)
    compare_detail(books)
    def money(value, currency): return f"{float(value):.{DECIMALS[currency]}f}" if value is not None else ""
    print(f"{'document':32} {'amount':>11} {'discounts':>10} {'net':>11} {'tax':>9} {'total':>11} {'withheld':>9} {'retainer':>9} {'base total':>11}")
    for d in books.posted:
        entity, client, currency, _ = d["key"]
        print(
            f"{entity} {client:9} {currency} {d['type'][:7]:8}{d['kind'][:8]:8} {money(d['amount'], currency):>11} {money(d['line_discount'] + d['document_discount'], currency):>10} {money(d['net'] * d['sign'], currency):>11} "
            f"{money(d['tax'] * d['sign'], currency):>9} {money(d['total'] * d['sign'], currency):>11} {money(d['withholding'] * d['sign'], currency):>9} {money(d['retainer'], currency):>9} {money(d['base'] and d['base'] * d['sign'], ENTITIES[entity][1]):>11}")
    print()
    print(f"{'client':18} {'worked s':>9} {'billed h':>9} {'net':>11} {'tax':>9} {'total':>11} {'base total':>15}")
    for entity, client, currency, worked, billed, net, tax, total, base, base_currency in table:
        print(f"{entity} {client:10} {currency} {worked:>10} {billed / 3600:>9.4f} {money(net, currency):>11} {money(tax, currency):>9} {money(total, currency):>11} {money(base, base_currency) + ' ' + base_currency if base is not None else '':>15}")
    print()
    for gap in GAPS: print(gap)
    print(f"{len(GAPS)} gaps")
    return 1 if GAPS else 0


if __name__ == "__main__": sys.exit(main())
