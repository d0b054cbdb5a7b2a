#include "apilab/provider/gmail_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::provider {
namespace {

using runtime::Task;

constexpr int not_found = 404;

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, wrong] = std::from_chars(text.data(), end, number);
    return wrong == std::errc() && at == end && number > 0 ? std::optional(number) : std::nullopt;
}

// Mails that something happened to, each once, in order.
std::vector<std::string> touched(const std::vector<gmail::HistoryRecord>& records) {
    std::vector<std::string> ids;
    std::set<std::string, std::less<>> seen;
    const auto add = [&](const gmail::Message& message) {
        if (!message.id.empty() && seen.insert(message.id).second) {
            ids.push_back(message.id);
        }
    };
    for (const auto& record : records) {
        for (const auto* entries : {&record.messages_added, &record.messages_deleted,
                                    &record.labels_added, &record.labels_removed}) {
            for (const auto& entry : entries->value_or(std::vector<gmail::HistoryEntry>())) {
                add(entry.message);
            }
        }
        for (const auto& message : record.messages.value_or(std::vector<gmail::Message>())) {
            add(message);
        }
    }
    return ids;
}

bool deletes(const gmail::HistoryRecord& record) {
    return record.messages_deleted && !record.messages_deleted->empty();
}

}  // namespace

std::string_view to_string(GmailSyncMode mode) {
    return mode == GmailSyncMode::full ? "full" : "partial";
}

std::string_view to_string(GmailSyncReason reason) {
    switch (reason) {
        case GmailSyncReason::history:
            break;
        case GmailSyncReason::first:
            return "first";
        case GmailSyncReason::history_expired:
            return "history_expired";
        case GmailSyncReason::state_unreadable:
            return "state_unreadable";
        case GmailSyncReason::asked:
            return "asked";
        case GmailSyncReason::continued:
            return "continued";
    }
    return "history";
}

Result<void> GmailSyncOptions::validate() const {
    constexpr std::size_t most = 1000;
    if (commit_max < 1 || commit_max > most) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("Gmail sync: commit_max is {}, outside 1 to {}", commit_max, most))
                .with_detail("commit_max"));
    }
    return {};
}

std::string GmailSyncReport::describe() const {
    return fmt::format("{} ({}): {} rows, {} {}, history {}", to_string(mode), to_string(reason),
                       rows, mode == GmailSyncMode::full ? removed : gone,
                       mode == GmailSyncMode::full ? "removed" : "gone", history_id);
}

Result<void> GmailSync::commit(bool remove_stale) {
    return store_.commit(
        {.rows = std::exchange(rows_, {}), .remove_stale = remove_stale, .state = state_});
}

// One mail as a row; the last look counts: what history said of it may be over by now.
Task<Result<void>> GmailSync::fetch(std::string id) {
    const auto mail = co_await gmail_.document(id, options_.format);
    if (mail) {
        rows_.push_back({.key = std::move(id), .text = mail->root().to_text()});
        ++report_.rows;
    } else if (mail.error().status() != not_found) {
        co_return fail(mail.error());
    } else if (report_.mode == GmailSyncMode::partial) {
        rows_.push_back(
            {.key = id, .text = fmt::format(R"({{"id":{},"gone":true}})", http::json_quote(id))});
        ++report_.gone;
    }
    if (rows_.size() >= options_.commit_max) {
        APILAB_CO_CHECK(commit());
    }
    co_return Result<void>();
}

// False: history has forgotten.
Task<Result<bool>> GmailSync::partial(std::uint64_t start) {
    report_.mode = GmailSyncMode::partial;
    report_.reason = GmailSyncReason::history;
    const auto history = co_await gmail_.history({start});
    if (!history && Gmail::history_expired(history.error())) {
        co_return false;
    }
    if (!history) {
        co_return fail(history.error());
    }
    for (auto& id : touched(history->records)) {
        APILAB_CO_CHECK(co_await fetch(std::move(id)));
    }
    state_.bookmark = std::to_string(std::max(history->history_id.value, start));
    APILAB_CO_CHECK(commit());
    co_return true;
}

// Whoever deletes while we turn pages moves mails over their borders, unseen: then once more.
Task<Result<std::vector<std::string>>> GmailSync::all_ids(std::uint64_t since) {
    constexpr int passes_max = 3;
    std::set<std::string, std::less<>> ids;
    std::size_t deleted = 0;
    for (int pass = 0; pass < passes_max; ++pass) {
        APILAB_CO_TRY(const auto listed, co_await gmail_.list(Gmail::ListOptions{
                                             .spam_and_trash = true, .page_size = 500}));
        ids.insert(listed.begin(), listed.end());
        const auto history = co_await gmail_.history({since});
        if (!history && !Gmail::history_expired(history.error())) {
            co_return fail(history.error());
        }
        // Where it has forgotten already, the next reading is a full one again.
        const auto now =
            history ? static_cast<std::size_t>(std::ranges::count_if(history->records, deletes))
                    : deleted;
        if (now == std::exchange(deleted, now)) {
            break;
        }
    }
    co_return std::vector<std::string>(ids.begin(), ids.end());
}

Task<Result<void>> GmailSync::full(GmailSyncReason reason) {
    report_.mode = GmailSyncMode::full;
    report_.reason = reason;
    APILAB_CO_TRY(const auto profile, co_await gmail_.profile());
    if (reason != GmailSyncReason::continued) {
        state_.generation += 1;
        state_.pending = std::to_string(profile.history_id.value);
        state_.checkpoint.clear();
        APILAB_CO_CHECK(commit());
    }
    const auto pending = number_of(state_.pending).value_or(profile.history_id.value);
    APILAB_CO_TRY(const auto ids, co_await all_ids(pending));
    const auto counted = profile.messages_total.value_or(0);
    if (counted > 0 && ids.size() < static_cast<std::size_t>(counted) / 2) {
        co_return fail(Error(ErrorKind::decode,
                             fmt::format("the list holds {} of {} mails: nothing was removed",
                                         ids.size(), counted))
                           .with_outcome(Outcome::answered)
                           .with_detail("messages_total"));
    }
    for (const auto& id : ids) {
        if (id > state_.checkpoint) {
            // Before the row: a commit within `fetch` holds both.
            const auto before = std::exchange(state_.checkpoint, id);
            auto fetched = co_await fetch(id);
            if (!fetched) {
                state_.checkpoint = before;
                APILAB_CO_CHECK(commit());
                co_return fail(std::move(fetched).error());
            }
        }
    }
    APILAB_CO_CHECK(commit());
    APILAB_CO_TRY(const auto counts, store_.count(state_.generation));
    report_.removed = counts.stale;
    state_.bookmark = std::exchange(state_.pending, {});
    state_.checkpoint.clear();
    co_return commit(true);
}

Task<Result<GmailSyncReport>> GmailSync::run() {
    APILAB_CO_CHECK(options_.validate());
    APILAB_CO_TRY(auto kept, store_.load());
    state_ = kept.value_or(data::SyncState());
    report_ = {.history_before = state_.bookmark};
    rows_.clear();
    const auto start = number_of(state_.bookmark);
    bool read = false;
    auto reason = GmailSyncReason::first;
    if (number_of(state_.pending)) {
        reason = GmailSyncReason::continued;
    } else if (options_.whole) {
        reason = GmailSyncReason::asked;
    } else if (start) {
        APILAB_CO_TRY(read, co_await partial(*start));
        reason = GmailSyncReason::history_expired;
    } else if (!state_.bookmark.empty()) {
        reason = GmailSyncReason::state_unreadable;
    }
    if (!read) {
        APILAB_CO_CHECK(co_await full(reason));
    }
    report_.history_id = state_.bookmark;
    co_return report_;
}

}  // namespace apilab::provider
