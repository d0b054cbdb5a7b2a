#include "apilab/data/sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/internal/query_text.hpp"
#include "apilab/data/page_source.hpp"
#include "apilab/http/date.hpp"

namespace apilab::data {
namespace {

using internal::word_of;
using runtime::Task;

// A bookmark as a number that can be compared.
std::optional<std::int64_t> measure(BookmarkKind kind, std::string_view text) {
    if (kind == BookmarkKind::time) {
        const auto time = http::parse_iso_time(text);
        return time ? std::optional<std::int64_t>(time->time_since_epoch().count()) : std::nullopt;
    }
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && at == end && !text.empty() ? std::optional(number)
                                                              : std::nullopt;
}

class Run {
public:
    Run(runtime::Service& service, SyncRequest request, PageRules rules, SyncStore& store,
        SyncOptions options)
        : service_(service),
          request_(std::move(request)),
          rules_(std::move(rules)),
          store_(store),
          options_(std::move(options)) {}

    Task<Result<SyncReport>> run();

private:
    Result<void> load();
    [[nodiscard]] std::optional<std::string> since() const;
    Result<std::unique_ptr<PageSource>> open();
    Result<std::unique_ptr<PageSource>> open_at(const std::optional<std::string>& since,
                                                std::optional<Checkpoint> from);
    Task<Result<void>> walk();
    Result<void> take(const http::Json& item);
    Result<void> commit();
    Result<void> finish();
    Result<bool> may_remove();
    [[nodiscard]] bool believed(std::string_view bookmark) const;
    void note(std::string text) { report_.notes.push_back(std::move(text)); }

    runtime::Service& service_;
    SyncRequest request_;
    PageRules rules_;
    SyncStore& store_;
    SyncOptions options_;
    SyncState state_;
    SyncReport report_;
    std::unique_ptr<PageSource> source_;
    std::vector<SyncRow> rows_;
    bool whole_ = false;
    bool future_noted_ = false;
};

Result<void> Run::load() {
    APILAB_TRY(auto kept, store_.load());
    state_ = kept.value_or(SyncState());
    if (!state_.bookmark.empty() && !believed(state_.bookmark)) {
        note(fmt::format("the stored bookmark is not believed ({}): everything is read",
                         state_.bookmark.substr(0, 64)));
        state_ = {.generation = state_.generation};
    }
    if (!state_.pending.empty() && !believed(state_.pending)) {
        state_.pending.clear();
        state_.checkpoint.clear();
    }
    report_.bookmark_before = state_.bookmark;
    whole_ = options_.whole || state_.bookmark.empty();
    return {};
}

// Can it be read, and does it not lie in the future? A token is believed until it is refused.
bool Run::believed(std::string_view bookmark) const {
    if (options_.kind == BookmarkKind::token) {
        return true;
    }
    const auto value = measure(options_.kind, bookmark);
    const auto* const clock = options_.pages.clock;
    if (!value || options_.kind == BookmarkKind::number || clock == nullptr) {
        return value.has_value();
    }
    return SystemTime(Duration(*value)) - options_.future_max <= clock->system_now();
}

std::optional<std::string> Run::since() const {
    if (whole_) {
        return std::nullopt;
    }
    if (options_.kind != BookmarkKind::time || options_.look_back == Duration::zero()) {
        return state_.bookmark;
    }
    const SystemTime time(Duration(measure(BookmarkKind::time, state_.bookmark).value_or(0)));
    return http::format_iso_time(time - options_.look_back);
}

Result<std::unique_ptr<PageSource>> Run::open_at(const std::optional<std::string>& since,
                                                 std::optional<Checkpoint> from) {
    auto pages = options_.pages;
    pages.key = options_.key;
    pages.whole_pages = false;
    pages.from = std::move(from);
    return PageSource::create(service_, request_(since), rules_, std::move(pages));
}

// Goes on where a killed run was, if that walk is still the one to make; else starts one.
Result<std::unique_ptr<PageSource>> Run::open() {
    if (!state_.checkpoint.empty()) {
        auto checkpoint = Checkpoint::parse(state_.checkpoint);
        auto source = checkpoint ? open_at(since(), *std::move(checkpoint))
                                 : Result<std::unique_ptr<PageSource>>(fail(checkpoint.error()));
        if (source) {
            return source;
        }
        note("the stored place in the list is of no use: " + source.error().message());
    }
    state_.pending.clear();
    state_.checkpoint.clear();
    state_.generation += whole_ ? 1 : 0;
    return open_at(since(), std::nullopt);
}

Result<void> Run::take(const http::Json& item) {
    const auto key = word_of(item.at_pointer(options_.key));
    if (!key || key->empty()) {
        return fail(Error(ErrorKind::decode, options_.key + ": expected the row's key")
                        .with_outcome(Outcome::answered)
                        .with_detail(options_.key));
    }
    rows_.push_back({.key = *key, .text = item.to_text()});
    if (options_.kind == BookmarkKind::token || options_.bookmark.empty()) {
        return {};
    }
    const auto bookmark = word_of(item.at_pointer(options_.bookmark)).value_or("");
    if (believed(bookmark)) {
        state_.pending = later_bookmark(options_.kind, state_.pending, bookmark);
    } else if (!bookmark.empty() && !std::exchange(future_noted_, true)) {
        note(fmt::format("an item's {} is not believed ({}); the bookmark stays", options_.bookmark,
                         bookmark.substr(0, 64)));
    }
    return {};
}

// The rows read so far, with the place behind them.
Result<void> Run::commit() {
    if (options_.order == SyncOrder::ascending && options_.kind != BookmarkKind::token) {
        state_.bookmark = later_bookmark(options_.kind, state_.bookmark, state_.pending);
    }
    // In ascending order the bookmark is the place.
    state_.checkpoint.clear();
    if (options_.order == SyncOrder::unordered || options_.whole) {
        APILAB_TRY(const auto checkpoint, source_->walk().checkpoint());
        state_.checkpoint = checkpoint.to_json();
    }
    report_.rows += rows_.size();
    return store_.commit({.rows = std::exchange(rows_, {}), .state = state_});
}

Task<Result<void>> Run::walk() {
    while (true) {
        // What is behind the last row of a page is the next page: commit before it is asked for.
        const auto& walk = source_->walk();
        const bool page_over = walk.place().page != 0 && walk.at_page_end();
        if ((page_over && !rows_.empty()) || rows_.size() >= options_.commit_max) {
            APILAB_CO_CHECK(commit());
        }
        const auto item = co_await source_->next();
        if (!item) {
            co_return Result<void>();
        }
        if (!*item) {
            // What was good before the error is kept.
            if (!rows_.empty()) {
                APILAB_CO_CHECK(commit());
            }
            co_return fail(item->error());
        }
        auto taken = take(**item);
        if (!taken) {
            auto error = source_->walk().bad_item(std::move(taken).error());
            APILAB_CO_CHECK(commit());
            co_return fail(std::move(error));
        }
    }
}

Result<bool> Run::may_remove() {
    if (!whole_ || report_.walk.end != WalkEnd::complete) {
        return false;
    }
    APILAB_TRY(const auto counts, store_.count(state_.generation));
    const auto share = static_cast<double>(counts.stale) /
                       static_cast<double>(std::max<std::uint64_t>(counts.rows, 1));
    if (counts.stale > options_.removed_free && share > options_.removed_share_max) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("{} of {} rows are not in the list any more, more than {:.0f} "
                              "percent: nothing was removed",
                              counts.stale, counts.rows, options_.removed_share_max * 100))
                .with_detail("removed_share_max")
                .with_remedy("look at the list; if it is right, allow a larger share once"));
    }
    report_.removed = counts.stale;
    return counts.stale > 0;
}

Result<void> Run::finish() {
    report_.walk = source_->walk().summary();
    const bool complete = report_.walk.end == WalkEnd::complete;
    auto remove = may_remove();
    state_.checkpoint.clear();
    if (complete && options_.kind == BookmarkKind::token) {
        state_.bookmark =
            report_.walk.sync_token.empty() ? state_.bookmark : report_.walk.sync_token;
    } else if (complete || options_.order == SyncOrder::ascending) {
        state_.bookmark = later_bookmark(options_.kind, state_.bookmark, state_.pending);
    }
    state_.pending.clear();
    report_.rows += rows_.size();
    APILAB_CHECK(store_.commit({.rows = std::exchange(rows_, {}),
                                .remove_stale = remove.value_or(false),
                                .state = state_}));
    report_.bookmark = state_.bookmark;
    return remove ? Result<void>() : fail(std::move(remove).error());
}

Task<Result<SyncReport>> Run::run() {
    APILAB_CO_CHECK(options_.validate());
    APILAB_CO_CHECK(load());
    APILAB_CO_TRY(source_, open());
    auto walked = co_await walk();
    const bool from_start = source_->walk().summary().pages == 0;
    if (!walked && walked.error().detail() == "cursor_expired" && from_start && !whole_) {
        note("what was kept to start from is too old: everything is read");
        whole_ = true;
        state_.checkpoint.clear();
        APILAB_CO_TRY(source_, open());
        walked = co_await walk();
    }
    if (!walked) {
        co_return fail(std::move(walked).error());
    }
    APILAB_CO_CHECK(finish());
    co_return std::move(report_);
}

}  // namespace

Result<void> SyncOptions::validate() const {
    const auto refused = [](std::string_view what) {
        return fail(ErrorKind::invalid_argument, fmt::format("sync: {}", what));
    };
    if (!key.starts_with('/') || (!bookmark.empty() && !bookmark.starts_with('/'))) {
        return refused("key and bookmark are JSON pointers");
    }
    if (kind != BookmarkKind::token && bookmark.empty() && !whole) {
        return refused(
            "bookmark is empty: what changed can only be told by reading it all (whole)");
    }
    if (look_back < Duration::zero() || look_back > std::chrono::hours(24 * 366) ||
        future_max < Duration::zero()) {
        return refused("look_back is outside 0 to 366 days, or future_max below 0");
    }
    if (!(removed_share_max >= 0 && removed_share_max <= 1)) {
        return refused(fmt::format("removed_share_max is {}, outside 0 to 1", removed_share_max));
    }
    if (commit_max < 1 || commit_max > 100'000) {
        return refused(fmt::format("commit_max is {}, outside 1 to 100000", commit_max));
    }
    return {};
}

std::string later_bookmark(BookmarkKind kind, std::string_view a, std::string_view b) {
    if (kind == BookmarkKind::token) {
        return std::string(b.empty() ? a : b);
    }
    const auto left = measure(kind, a);
    const auto right = measure(kind, b);
    if (!left || !right) {
        return std::string(right ? b : left ? a : std::string_view());
    }
    return std::string(*left > *right ? a : b);
}

Task<Result<SyncReport>> sync(runtime::Service& service, SyncRequest request, PageRules rules,
                              SyncStore& store, SyncOptions options) {
    Run run(service, std::move(request), std::move(rules), store, std::move(options));
    co_return co_await run.run();
}

}  // namespace apilab::data
