// What a client makes of a connection that ends, or whose bytes are not what it expects.

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

Finding with_rows(Finding finding, Finding& proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

bool is_stale_close(const FaultWhat& what) {
    return what.close == ClosePoint::stale_keepalive;
}
bool is_announced_close(const FaultWhat& what) {
    return what.close == ClosePoint::announced;
}
bool is_interim(const FaultWhat& what) {
    return what.framing == Framing::interim_100 || what.framing == Framing::interim_103;
}
bool leaves_bytes(const FaultWhat& what) {
    return what.framing == Framing::stray_bytes || what.framing == Framing::short_length;
}

// The next request that means the same.
const Exchange* repeated(const Evidence& evidence, const Exchange& row) {
    for (const Exchange& next : *evidence.rows) {
        if (next.seq > row.seq && next.provider == row.provider && next.identity == row.identity &&
            next.first_byte <= *row.finished + evidence.options.causal_window) {
            return &next;
        }
    }
    return nullptr;
}

// Between the two the client asked what had become of the first.
bool looked_between(const Evidence& evidence, const Exchange& first, const Exchange& second) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
        return row.seq > first.seq && row.seq < second.seq && row.provider == first.provider &&
               row.effect == http::Effect::read;
    });
}

Finding gets_over_stale_connections(const Evidence& evidence) {
    std::size_t seen = 0;
    std::size_t given_up = 0;
    std::size_t blindly = 0;
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        if (!row.finished || struck_by(evidence, row.faults, is_stale_close) == nullptr) {
            continue;
        }
        const bool safe = row.effect != http::Effect::write || !row.idempotency_key.empty();
        const Exchange* again = repeated(evidence, row);
        if (safe && again == nullptr && evidence.running_at) {
            continue;  // it may yet come
        }
        ++seen;
        const bool blind = !safe && again != nullptr && !looked_between(evidence, row, *again);
        given_up += safe && again == nullptr ? 1 : 0;
        blindly += blind ? 1 : 0;
        Finding& proof = blind || (safe && again == nullptr) ? bad : good;
        proof.prove(row);
        if (again != nullptr) {
            proof.prove(*again);
        }
    }
    if (seen == 0) {
        return Finding::not_exercised("no kept-alive connection was closed under a request");
    }
    if (given_up + blindly == 0) {
        return with_rows(
            Finding::pass(fmt::format("{} kept-alive connections were closed under a request; what "
                                      "may be repeated was, and nothing else",
                                      seen)),
            good);
    }
    return with_rows(
        Finding::fail(fmt::format("of {} requests whose kept-alive connection was closed under "
                                  "them, {} that may be repeated were given up, {} that change "
                                  "something were repeated blindly",
                                  seen, given_up, blindly)),
        bad);
}

// A later request over the same connection, begun when the answer of this one had left.
const Exchange* next_on_connection(const Evidence& evidence, const Exchange& row) {
    for (const Exchange& next : *evidence.rows) {
        if (next.seq > row.seq && next.connection == row.connection &&
            next.first_byte > *row.finished) {
            return &next;
        }
    }
    return nullptr;
}

bool any_after(const Evidence& evidence, const Exchange& row) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& next) {
        return next.seq > row.seq && next.connection != 0 && next.first_byte > *row.finished;
    });
}

struct Afterwards {
    std::size_t seen = 0;
    std::size_t reused = 0;
    Finding proof;
};
// What became of the connections whose answers were struck so.
Afterwards after_such(const Evidence& evidence, bool (*fits)(const FaultWhat& what)) {
    Afterwards found;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (row.connection == 0 || !row.finished || !row.answered() ||
            struck_by(evidence, row.faults, fits) == nullptr) {
            continue;
        }
        const Exchange* next = next_on_connection(evidence, row);
        if (next == nullptr && !any_after(evidence, row)) {
            continue;  // nothing came that could have gone wrong
        }
        ++found.seen;
        if (next != nullptr) {
            ++found.reused;
            found.proof.prove(row);
            found.proof.prove(*next);
        } else {
            good.prove(row);
        }
    }
    if (found.reused == 0) {
        found.proof = std::move(good);
    }
    return found;
}

Finding obeys_connection_close(const Evidence& evidence) {
    auto found = after_such(evidence, is_announced_close);
    if (found.seen == 0) {
        return Finding::not_exercised(
            "no answer said `connection: close` and was followed by another request");
    }
    if (found.reused == 0) {
        return with_rows(
            Finding::pass(fmt::format("{} connections were announced to close, and carried no "
                                      "request more",
                                      found.seen)),
            found.proof);
    }
    return with_rows(
        Finding::fail(fmt::format("{} of {} connections carried a request after an answer that "
                                  "said `connection: close`",
                                  found.reused, found.seen)),
        found.proof);
}

Finding drops_what_is_left(const Evidence& evidence) {
    auto found = after_such(evidence, leaves_bytes);
    if (found.seen == 0) {
        return Finding::not_exercised(
            "no answer had bytes behind its end and was followed by another request");
    }
    if (found.reused == 0) {
        return with_rows(
            Finding::pass(fmt::format("{} connections with bytes behind an answer were given up",
                                      found.seen)),
            found.proof);
    }
    return with_rows(
        Finding::fail(fmt::format("{} of {} connections with bytes behind an answer carried "
                                  "another request, whose answer those bytes would be",
                                  found.reused, found.seen)),
        found.proof);
}

// The same again over another connection, although the first was answered well: as who took the
// interim answer for the answer does.
const Exchange* asked_again_elsewhere(const Evidence& evidence, const Exchange& row) {
    const Exchange* again = repeated(evidence, row);
    return again != nullptr && again->connection != row.connection ? again : nullptr;
}

Finding understands_interim_answers(const Evidence& evidence) {
    std::size_t seen = 0;
    std::size_t lost = 0;
    bool asks_twice_anyway = false;
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        if (!row.finished || row.status >= 400) {
            continue;
        }
        const Exchange* again = asked_again_elsewhere(evidence, row);
        if (struck_by(evidence, row.faults, is_interim) == nullptr) {
            asks_twice_anyway = asks_twice_anyway || (again != nullptr && row.answered());
            continue;
        }
        if (again == nullptr && row.answered() && !any_after(evidence, row)) {
            continue;  // the last one shows nothing
        }
        ++seen;
        const bool wrong = !row.answered() || again != nullptr;
        lost += wrong ? 1 : 0;
        (wrong ? bad : good).prove(row);
        if (again != nullptr) {
            bad.prove(*again);
        }
    }
    if (seen == 0) {
        return Finding::not_exercised(
            "no interim answer (100, 103) came before an answer that "
            "was followed by another request");
    }
    if (lost == 0) {
        return with_rows(Finding::pass(fmt::format(
                             "{} answers with an interim answer before them were taken", seen)),
                         good);
    }
    if (asks_twice_anyway) {
        return Finding::inconclusive(
            "the client asks the same twice also where no interim answer came");
    }
    return with_rows(
        Finding::fail(fmt::format("{} of {} answers with an interim answer before them were not "
                                  "understood: the client went away, or asked again over another "
                                  "connection",
                                  lost, seen)),
        bad);
}

}  // namespace

void add_connection_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckLevel level, CheckKind kind,
                         std::string_view title, std::string_view source,
                         Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("CON-02", CheckLevel::normative, CheckKind::must,
        "repeats what may be repeated, and nothing else, when a kept connection closes under it",
        "RFC 9112 section 9.3.1", gets_over_stale_connections);
    add("CON-03", CheckLevel::normative, CheckKind::never,
        "never sends a request after an answer that said connection: close", "RFC 9112 section 9.6",
        obeys_connection_close);
    add("CON-04", CheckLevel::normative, CheckKind::must,
        "takes an answer with 100 or 103 before it", "RFC 9110 section 15.2",
        understands_interim_answers);
    add("CON-06", CheckLevel::normative, CheckKind::never,
        "never uses a connection with bytes behind an answer",
        "RFC 9112 sections 6.3, 11.1 and 11.2", drops_what_is_left);
}

}  // namespace apilab::sandbox::internal
