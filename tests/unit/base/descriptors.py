#!/usr/bin/env python3
"""All messages that protoc-c made, as a table: descriptors.py OUT.h FILE.pb-c.h… in folders <package>/v1/"""
import re, sys

lines = []
for path in sys.argv[2:]:
    lines.append(f'#include "{"/".join(path.split("/")[-3:])}"')
lines += ["", "static const ProtobufCMessageDescriptor *const descriptors[] = {"]
for path in sys.argv[2:]:
    lines += [f"    &{name}," for name in re.findall(r"extern const ProtobufCMessageDescriptor (\w+);", open(path).read())]
lines.append("};")
open(sys.argv[1], "w").write("\n".join(lines) + "\n")
