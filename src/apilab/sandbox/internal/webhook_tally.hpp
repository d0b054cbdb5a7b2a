#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/webhook/ledger.hpp"

namespace apilab::sandbox::internal {

/// The senders' side of a run against the effects the program had; empty where nothing was sent.
[[nodiscard]] webhook::Ledger read_ledger(const Evidence& evidence);
[[nodiscard]] bool webhook_accepted(const Outbound& row);

/// Counts what was tried with webhooks and what went wrong, with the rows that show it.
struct WebhookTally {
    std::size_t tried = 0;
    std::size_t wrong = 0;
    std::string first;
    Finding proof;
    Finding good;

    /// One more was tried; its deliveries are what a pass is shown by.
    void look_at(const webhook::Ledger::Entry& entry);
    void blame(const webhook::Ledger::Entry& entry, std::string what);
    /// `never` is said where nothing was tried, `passed` behind the number of what was.
    [[nodiscard]] Finding finding(std::string_view never, std::string_view passed) const;
};

}  // namespace apilab::sandbox::internal
