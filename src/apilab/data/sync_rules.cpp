#include "apilab/data/sync_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {
namespace {

constexpr int state_version = 1;

std::unexpected<Error> out_of_range(std::string_view option, std::string_view range) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("SyncOptions::{}: expected {}", option, range));
}

std::unexpected<Error> malformed(std::string_view what) {
    return fail(ErrorKind::decode, fmt::format("synchronisation state: {}", what));
}

Result<SyncState::Pending> parse_pending(http::Json json) {
    const auto full = json["full"].boolean();
    const auto began = json["began"].integer();
    const auto walk = json["walk"].string();
    if (!full || !began || !walk) {
        return malformed("/pending: expected full, began and walk");
    }
    APILAB_TRY(auto since, Bookmark::parse(json["since"], "/pending/since"));
    APILAB_TRY(auto seen, Bookmark::parse(json["seen"], "/pending/seen"));
    return SyncState::Pending{.full = *full,
                              .since = std::move(since),
                              .began = SystemTime(Duration(*began)),
                              .seen = std::move(seen),
                              .walk = std::string(*walk)};
}

}  // namespace

Result<void> SyncOptions::validate() const {
    using namespace std::chrono_literals;
    if (look_back < 0s || look_back > 24h * 7) {
        return out_of_range("look_back", "0 to 7 days");
    }
    if (ahead_max < 0s || ahead_max > 24h) {
        return out_of_range("ahead_max", "0 to 1 day");
    }
    if (!(deletion_share_max >= 0 && deletion_share_max <= 1)) {
        return out_of_range("deletion_share_max", "0 to 1");
    }
    return {};
}

std::string SyncState::to_json() const {
    auto text = fmt::format(R"({{"version":{},"run":{},"bookmark":{})", state_version, run,
                            bookmark.to_json());
    if (pending) {
        text += fmt::format(R"(,"pending":{{"full":{},"since":{},"began":{},"seen":{},"walk":{}}})",
                            pending->full, pending->since.to_json(),
                            pending->began.time_since_epoch().count(), pending->seen.to_json(),
                            http::json_quote(pending->walk));
    }
    return text + "}";
}

Result<SyncState> SyncState::parse(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = size_max, .depth_max = 8}));
    const auto root = document.root();
    if (root["version"].integer() != state_version) {
        return malformed(fmt::format("/version: expected {}", state_version));
    }
    const auto run = root["run"].unsigned_integer();
    if (!run) {
        return malformed("/run: expected a number");
    }
    SyncState state{.run = *run};
    APILAB_TRY(state.bookmark, Bookmark::parse(root["bookmark"], "/bookmark"));
    if (!root["pending"].missing()) {
        APILAB_TRY(state.pending, parse_pending(root["pending"]));
    }
    return state;
}

Result<SyncRules> SyncRules::begin(SyncOptions options, std::string_view state, SystemTime now,
                                   bool full) {
    APILAB_CHECK(options.validate());
    SyncRules rules(options, {}, now);
    if (!state.empty()) {
        auto known = SyncState::parse(state);
        if (!known) {
            rules.restarted_ = known.error().message();
        } else if (rules.in_future(known->bookmark) ||
                   (known->pending && rules.in_future(Bookmark::at(known->pending->began)))) {
            rules.restarted_ = "the stored state lies in the future";
            rules.state_.run = known->run;
        } else {
            rules.state_ = *std::move(known);
        }
    }
    // A run that was broken off is gone on with, unless more is asked for than it would bring.
    if (!rules.state_.pending || (full && !rules.full())) {
        rules.begin_run(full || rules.state_.bookmark.kind() == Bookmark::Kind::none);
    }
    return rules;
}

void SyncRules::begin_run(bool full) {
    state_.run += 1;
    state_.pending = SyncState::Pending{.full = full, .began = now_};
    if (!full) {
        const auto time = state_.bookmark.time();
        state_.pending->since = time ? Bookmark::at(*time - options_.look_back) : state_.bookmark;
    }
}

bool SyncRules::in_future(const Bookmark& bookmark) const {
    const auto time = bookmark.time();
    return time && *time - options_.ahead_max > now_;
}

void SyncRules::saw(const Bookmark& bookmark) {
    if (!in_future(bookmark)) {
        state_.pending->seen = state_.pending->seen.advanced_to(bookmark);
    }
}

SyncState SyncRules::page_done(std::string walk) {
    state_.pending->walk = std::move(walk);
    if (options_.order == SyncOptions::Order::ascending) {
        state_.bookmark = state_.bookmark.advanced_to(state_.pending->seen);
    }
    return state_;
}

SyncState SyncRules::finished(bool complete, const Bookmark& told) {
    const auto pending = *std::exchange(state_.pending, std::nullopt);
    if (!complete) {
        return state_;
    }
    auto reached = pending.seen;
    const auto time = reached.time();
    if (time && options_.order != SyncOptions::Order::ascending) {
        reached = Bookmark::at(std::min(*time, pending.began));
    }
    if (told.kind() != Bookmark::Kind::none) {
        state_.bookmark =
            state_.bookmark.kind() == told.kind() ? state_.bookmark.advanced_to(told) : told;
    } else {
        state_.bookmark = state_.bookmark.advanced_to(reached);
    }
    return state_;
}

Result<bool> SyncRules::may_delete(bool complete, std::size_t unseen, std::size_t stored) const {
    const bool whole = complete && full();
    if (!options_.deletions || !whole || unseen == 0) {
        return false;
    }
    const auto most =
        std::max(static_cast<double>(options_.deletions_min),
                 options_.deletion_share_max * static_cast<double>(std::max(stored, unseen)));
    if (static_cast<double>(unseen) > most && options_.deletion_share_max < 1) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("{} of {} stored rows are not at the source any more, more "
                                      "than the {:.0f} that are taken for possible",
                                      unseen, stored, most))
                        .with_remedy("look whether the source answers with everything; then run "
                                     "once with deletion_share_max = 1"));
    }
    return true;
}

}  // namespace apilab::data
