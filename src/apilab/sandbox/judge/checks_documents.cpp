// What becomes of documents that a program reads, changes and writes back: by what the sandbox's
// API noted about each (`api::Documents`).

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {
namespace {

bool written_back(const Exchange& row) {
    return row.operation == "replace_document" && row.status == 200;
}

Finding writes_back_whole(const Evidence& evidence) {
    std::size_t written = 0;
    std::size_t damaged = 0;
    std::string first;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (!written_back(row)) {
            continue;
        }
        ++written;
        for (const char* what : {"lost", "changed"}) {
            const auto fact = row.facts.find(what);
            if (fact != row.facts.end()) {
                ++damaged;
                proof.prove(row);
                first = first.empty() ? fmt::format("{} {}", what, fact->second) : first;
                break;
            }
        }
    }
    if (written == 0) {
        return Finding::not_exercised("no document was written back");
    }
    if (damaged == 0) {
        return Finding::pass(fmt::format(
            "{} documents were written back with everything that stood in them", written));
    }
    auto finding =
        Finding::fail(fmt::format("{} of {} documents were written back without all that stood in "
                                  "them: {}",
                                  damaged, written, first));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding writes_back_the_same_text(const Evidence& evidence) {
    std::size_t written = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (!written_back(row)) {
            continue;
        }
        ++written;
        const auto changed = row.facts.find("changed");
        const bool damaged = changed != row.facts.end() && changed->second.contains("/title");
        (damaged ? proof : good).prove(row);
    }
    if (written == 0) {
        return Finding::not_exercised("no document was written back");
    }
    const bool fine = proof.rows.empty();
    auto finding = fine ? Finding::pass(fmt::format("{} texts came back as they were", written))
                        : Finding::fail(
                              "a text with combining marks, joined emoji or U+2028 came "
                              "back as another one");
    finding.rows = std::move(fine ? good.rows : proof.rows);
    return finding;
}

Finding keeps_large_ids(const Evidence& evidence) {
    std::size_t asked = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (row.facts.contains("document")) {
            ++asked;
            good.prove(row);
        }
        if (row.facts.contains("rounded")) {
            proof.prove(row);
        }
    }
    if (asked + proof.rows.size() == 0) {
        return Finding::not_exercised("nothing was asked for by an id beyond 2^53");
    }
    if (proof.rows.empty()) {
        auto finding =
            Finding::pass(fmt::format("{} requests by an id beyond 2^53, all exact", asked));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail("asked for by an id that had been a double");
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_document_checks(CheckList& list) {
    list.push_back(make_check({.id = "DAT-10",
                               .kind = CheckKind::must,
                               .level = CheckLevel::normative,
                               .title = "writes text back as it was read, to the code point",
                               .source = "RFC 8259 section 8.3; UAX 15"},
                              writes_back_the_same_text));
    list.push_back(make_check({.id = "DAT-06",
                               .kind = CheckKind::must,
                               .level = CheckLevel::normative,
                               .title = "keeps whole numbers exact, also beyond 2^53",
                               .source = "RFC 8259 section 6; RFC 7493 section 2.2"},
                              keeps_large_ids));
    list.push_back(make_check({.id = "DAT-07",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "writes back all that it has read, known to it or not",
                               .source = "Fowler, Tolerant Reader; Zalando API guidelines, 108"},
                              writes_back_whole));
}

}  // namespace apilab::sandbox::internal
