#include "apilab/sandbox/judge/operations.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_map>

namespace apilab::sandbox {

namespace {

constexpr Duration clock_slack = std::chrono::milliseconds(5);
// A 404 of the world itself may be asked for again by another part of a program soon enough; only
// what comes at once looks like a retry.
constexpr Duration natural_window = std::chrono::seconds(5);

bool same_credentials(const Exchange& a, const Exchange& b) {
    const auto value = [](const Exchange& row) {
        return row.headers ? row.headers->value("authorization") : std::string_view();
    };
    return value(a) == value(b);
}

// Is `next` another attempt at what did not succeed in `last`?
bool follows(const Exchange& last, const Exchange& next, Duration causal_window) {
    const AttemptEnd end = end_of(last);
    if (end == AttemptEnd::pending) {
        return false;
    }
    if (last.status == 401 && !same_credentials(last, next)) {
        return false;
    }
    // Where the client went away, the server may learn of it after the next attempt has begun.
    if (!last.peer_closed && next.first_byte + clock_slack < *last.finished) {
        return false;
    }
    const bool natural = end == AttemptEnd::permanent && last.decision != Exchange::Decision::fault;
    const SteadyTime from = std::max({*last.finished, last.not_before().value_or(SteadyTime()),
                                      last.limit_reset.value_or(SteadyTime())});
    return next.first_byte <= from + (natural ? natural_window : causal_window);
}

}  // namespace

AttemptEnd end_of(const Exchange& exchange) {
    if (!exchange.finished) {
        return AttemptEnd::pending;
    }
    if (!exchange.answered()) {
        return exchange.decision == Exchange::Decision::fault ? AttemptEnd::lost
                                                              : AttemptEnd::abandoned;
    }
    if (exchange.status < 400) {
        return AttemptEnd::success;
    }
    switch (exchange.status) {
        case 403: {
            const bool limited = std::ranges::any_of(
                exchange.faults, [](const auto& hit) { return hit.kind == "limit"; });
            return limited || exchange.announced || exchange.limit_reset ? AttemptEnd::transient
                                                                         : AttemptEnd::permanent;
        }
        case 409: {
            const auto key = exchange.facts.find("idempotency");
            const bool in_progress = key != exchange.facts.end() && key->second == "in_progress";
            // Notion's is a collision that is over when one looks again (providers/notion).
            return in_progress || exchange.provider == "notion" ? AttemptEnd::transient
                                                                : AttemptEnd::permanent;
        }
        case 408:
        case 425:
        case 429:
        case 500:
        case 502:
        case 503:
        case 504:
        case 529:
            return AttemptEnd::transient;
        default:
            return AttemptEnd::permanent;
    }
}

bool met_transient_fault(const Exchange& exchange) {
    const AttemptEnd end = end_of(exchange);
    return exchange.decision == Exchange::Decision::fault &&
           (end == AttemptEnd::transient || end == AttemptEnd::lost);
}

bool ObservedOperation::repeatable() const {
    return first().effect != http::Effect::write || !first().idempotency_key.empty();
}

std::size_t ObservedOperation::failures_at_end() const {
    std::size_t count = 0;
    for (const Exchange* attempt : attempts | std::views::reverse) {
        if (end_of(*attempt) == AttemptEnd::success) {
            break;
        }
        ++count;
    }
    return count;
}

std::vector<ObservedOperation> group_operations(const std::deque<Exchange>& rows,
                                                Duration causal_window) {
    std::vector<ObservedOperation> operations;
    // By what makes requests equal: the operations that another attempt could belong to.
    std::unordered_map<std::string, std::vector<std::size_t>> open;
    for (const Exchange& row : rows) {
        if (row.operation.empty()) {
            continue;
        }
        const bool keyed = !row.idempotency_key.empty();
        auto& candidates = open[row.provider + '\n' +
                                (keyed ? "key " + row.idempotency_key : "id " + row.identity)];
        if (!keyed) {
            std::erase_if(candidates, [&](std::size_t index) {
                return end_of(operations[index].last()) == AttemptEnd::success;
            });
        }
        const auto found = std::ranges::find_if(candidates, [&](std::size_t index) {
            return keyed || follows(operations[index].last(), row, causal_window);
        });
        if (found != candidates.end()) {
            operations[*found].attempts.push_back(&row);
        } else {
            candidates.push_back(operations.size());
            operations.push_back({{&row}});
        }
    }
    return operations;
}

}  // namespace apilab::sandbox
