#!/usr/bin/env python3
"""A text file as a C string: embed.py INPUT OUTPUT.c NAME"""
import json, sys

source, output, name = sys.argv[1:]
lines = open(source).read().splitlines()
body = "\n".join("    " + json.dumps(line + "\n", ensure_ascii=True) for line in lines)
open(output, "w").write(f'#include "graphql/type/builtin.h"\n\nconst char {name}[] =\n{body};\n')
