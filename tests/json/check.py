#!/usr/bin/env python3
"""check.py FILE...: every line of these files is an event of strait --json, by schema.json.

A line is valid UTF-8 and no longer than a pipe takes in one piece, no member is there twice, and of a
program that has ended the last line is the exit, if the file begins with its first.
"""
import json
import os
import sys

import jsonschema

LINE_MAX = 4096


def once(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a member is there twice: {names}"
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is no number of JSON")


def check_line(validator, line):
    assert line.endswith(b"\n"), "the line is cut"
    assert len(line) <= LINE_MAX, f"{len(line)} bytes"
    text = line.decode("utf-8", "strict")
    assert text[:-1].isprintable(), "what a terminal obeys is in it"
    event = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    error = jsonschema.exceptions.best_match(validator.iter_errors(event))
    assert error is None, error.message
    return event


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name in sys.argv[1:]:
        with open(name, "rb") as file:
            lines = file.readlines()
        assert lines, f"{name}: nothing was said"
        for number, line in enumerate(lines, 1):
            try:
                event = check_line(validator, line)
            except (AssertionError, ValueError) as error:
                sys.exit(f"{name}: {number}: {error}: {line!r}")
            if (event["event"] == "exit") != (number == len(lines)):
                sys.exit(f"{name}: {number}: the exit is the last event")


main()
