/*
 * A schema with everything that makes a validator's life hard: types that contain themselves by every way there is,
 * interfaces that implement each other in a chain, unions that overlap, lists in lists, inputs in circles, OneOf,
 * defaults everywhere, fields whose arguments differ between types.
 */
#ifndef TESTS_FUZZ_NASTY_H
#define TESTS_FUZZ_NASTY_H

static const char nasty_sdl[] =
    "directive @note(text: String = \"\", in: Deep) repeatable on FIELD | QUERY | FRAGMENT_SPREAD | INLINE_FRAGMENT |"
    " VARIABLE_DEFINITION | FRAGMENT_DEFINITION | MUTATION | SUBSCRIPTION\n"
    "schema { query: Query mutation: Mutation subscription: Subscription }\n"
    "interface Top { self: Top id: ID! }\n"
    "interface Middle implements Top { self: Middle id: ID! many(first: Int = 2, of: [Kind!]): [Middle!]! }\n"
    "interface Low implements Middle & Top { self: Low id: ID! many(first: Int = 2, of: [Kind!]): [Low!]! }\n"
    "type A implements Low & Middle & Top { self: A id: ID! many(first: Int = 2, of: [Kind!], more: Int): [A!]!"
    " same: Int text(case: Case): String either: Either deep: [[[Int]]] }\n"
    "type B implements Top { self: B id: ID! same: Float text(case: Case!): String! either: Either a: A! }\n"
    "type C { same: [Int!] text: [String] either: Other b: B }\n"
    "union Either = A | B union Other = B | C\n"
    "enum Kind { SMALL LARGE @deprecated } enum Case { UPPER LOWER }\n"
    "scalar Any scalar Url @specifiedBy(url: \"https://a.example\")\n"
    "input Deep { next: Deep list: [Deep!] value: Int = 1 kind: Kind = SMALL must: String! any: Any }\n"
    "input One @oneOf { a: Int b: String c: Deep d: [One!] }\n"
    "type Query { a: A b(id: ID!): B top(in: Deep): Top either(one: One): Either other(ones: [One]): [Other]"
    " numbers(i: Int, f: Float, s: String, b: Boolean, id: ID, k: Kind, any: Any, list: [[Int!]!]): String"
    " deep(in: Deep! = {must: \"x\", list: [{must: \"y\"}]}): Int low: Low url: Url }\n"
    "type Mutation { set(one: One!, in: [Deep]): A b: B } type Subscription { a: A either: Either }\n";

#endif
