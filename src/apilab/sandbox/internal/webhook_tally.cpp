#include "apilab/sandbox/internal/webhook_tally.hpp"

#include <fmt/format.h>

namespace apilab::sandbox::internal {

using webhook::Ledger;

Ledger read_ledger(const Evidence& evidence) {
    return evidence.outbound == nullptr ? Ledger()
                                        : Ledger::read(*evidence.outbound, *evidence.rows);
}

bool webhook_accepted(const Outbound& row) {
    return row.status >= 200 && row.status < 300;
}

void WebhookTally::look_at(const Ledger::Entry& entry) {
    ++tried;
    for (const Outbound* row : entry.deliveries) {
        good.prove(*row);
    }
}

void WebhookTally::blame(const Ledger::Entry& entry, std::string what) {
    if (++wrong == 1) {
        first = std::move(what);
    }
    for (const Outbound* row : entry.deliveries) {
        proof.prove(*row);
    }
    for (const Exchange* row : entry.effects) {
        proof.prove(*row);
    }
}

Finding WebhookTally::finding(std::string_view never, std::string_view passed) const {
    if (wrong > 0) {
        auto found = Finding::fail(fmt::format("{} of {}: {}", wrong, tried, first));
        found.rows = proof.rows;
        return found;
    }
    if (tried == 0) {
        return Finding::not_exercised(std::string(never));
    }
    auto found = Finding::pass(fmt::format("{} {}", tried, passed));
    found.rows = good.rows;
    return found;
}

}  // namespace apilab::sandbox::internal
