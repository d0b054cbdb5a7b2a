#include "apilab/data/page_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/as_kind.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/internal/query_text.hpp"
#include "apilab/data/page_detector.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::data {

namespace {

// A refusal that is a limit by the provider's profile, and does not say so by its status (GitHub's
// 403), is one: it passes, and whoever reads the error need not know the provider.
Error as_limit(const Error& error, const http::Response& response, std::string_view provider) {
    const policy::AttemptOutcome outcome{
        .status = response.status(), .headers = &response.headers(), .body = response.body()};
    if (error.kind() != ErrorKind::status || response.ok() ||
        !policy::is_limited(policy::profile_of(provider), outcome)) {
        return error;
    }
    return as_kind(error, ErrorKind::rate_limited);
}

}  // namespace

Result<void> PageOptions::validate() const {
    struct Range {
        std::string_view name;
        std::uint64_t value;
        std::uint64_t least;
        std::uint64_t most;
    };
    constexpr std::uint64_t endless = std::uint64_t{1} << 62U;
    const std::array ranges{Range{"pages_max", pages_max, 1, endless},
                            Range{"items_max", items_max, 1, endless},
                            Range{"empty_pages_max", empty_pages_max, 1, 10'000},
                            Range{"keys_max", keys_max, 1, 10'000'000},
                            Range{"checkpoint_keys_max", checkpoint_keys_max, 0, 100'000},
                            Range{"prefetch", prefetch, 0, 64}};
    for (const auto& range : ranges) {
        if (range.value < range.least || range.value > range.most) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("pages: {} is {}, outside {} to {}", range.name, range.value,
                                    range.least, range.most));
        }
    }
    if (!key.empty() && !key.starts_with('/')) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("pages: key is \"{}\", which is no JSON pointer", key));
    }
    if (whole_pages && !key.empty()) {
        return fail(ErrorKind::invalid_argument, "pages: whole_pages have no key");
    }
    return {};
}

PageWalk::PageWalk(Paginator paginator, PageOptions options)
    : paginator_(std::move(paginator)), options_(std::move(options)), keys_(options_.keys_max) {
    if (options_.walk.empty()) {
        options_.walk = paginator_.rules().name;
    }
}

Result<PageWalk> PageWalk::create(http::Request first, PageRules rules, PageOptions options) {
    APILAB_CHECK(options.validate());
    APILAB_TRY(auto paginator, Paginator::create(std::move(first), std::move(rules)));
    PageWalk walk(std::move(paginator), std::move(options));
    const auto from = std::exchange(walk.options_.from, std::nullopt);
    APILAB_CHECK(from ? walk.go_on_from(*from) : walk.begin());
    return walk;
}

Result<void> PageWalk::begin() {
    if (options_.clock != nullptr) {
        started_ = options_.clock->system_now();
    }
    const auto start = paginator_.start();
    if (!start) {
        finish();
        return {};
    }
    position_ = *start;
    wanted_ = position_;
    APILAB_TRY(const auto first, paginator_.request(position_));
    seen_ = {hash_of(first.url().to_string())};
    return {};
}

Result<void> PageWalk::go_on_from(const Checkpoint& checkpoint) {
    if (checkpoint.fingerprint != paginator_.fingerprint()) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("the checkpoint is of the walk \"{}\" with another request, "
                                      "page size or rules than this one, \"{}\"",
                                      checkpoint.walk, options_.walk))
                        .with_detail("checkpoint")
                        .with_remedy("remove the checkpoint to start anew"));
    }
    if (!checkpoint.detected.empty()) {
        APILAB_TRY(const auto document, http::JsonDocument::parse(checkpoint.detected));
        APILAB_TRY(auto rules, detected_from_json(document.root()));
        APILAB_CHECK(paginator_.use_detected(std::move(rules), checkpoint.detected_why));
    }
    summary_ = checkpoint.so_far;
    summary_.end = WalkEnd::under_way;
    for (const auto key : checkpoint.keys) {
        keys_.add(key);
    }
    keys_complete_ = checkpoint.keys_complete;
    started_ = checkpoint.started;
    position_ = paginator_.from_keeping(checkpoint.position);
    if (checkpoint.done) {
        finish();
        return {};
    }
    skip_ = checkpoint.index;
    wanted_ = position_;
    APILAB_TRY(const auto request, paginator_.request(position_));
    seen_ = {hash_of(position_.first ? request.url().to_string() : position_.token)};
    return {};
}

std::optional<Result<http::Json>> PageWalk::next() {
    key_added_ = false;
    while (page_ && !error_ && summary_.end == WalkEnd::under_way) {
        if (index_ == answer_.items.size()) {
            leave_page();
            continue;
        }
        const auto& item = answer_.items[index_];
        if (known(item.value)) {
            ++index_;
            continue;
        }
        if (summary_.items == options_.items_max) {
            cap("items_max");
            break;
        }
        if (const auto key = key_of(item.value)) {
            key_added_ = keys_.add(*key);
            summary_.keys_forgotten = keys_.forgotten();
        } else {
            keys_complete_ = false;
        }
        place_ = {.page = summary_.pages, .index = index_, .query = item.query};
        ++index_;
        ++summary_.items;
        return item.value;
    }
    if (error_) {
        summary_.end = summary_.capped_by.empty() ? WalkEnd::failed : WalkEnd::capped;
        return fail(*std::exchange(error_, std::nullopt));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> PageWalk::key_of(const http::Json& item) const {
    const auto word =
        options_.key.empty() ? std::nullopt : internal::word_of(item.at_pointer(options_.key));
    return word ? std::optional(hash_of(*word)) : std::nullopt;
}

bool PageWalk::known(const http::Json& item) {
    const bool skipped = index_ < skip_;
    const auto key = key_of(item);
    // Of the page that an earlier run was in, keys tell better than numbers what was handed out.
    if (!key || (skipped && skip_ > keys_.size())) {
        return skipped;
    }
    if (!keys_.contains(*key)) {
        return false;
    }
    summary_.duplicates += skipped ? 0 : 1;
    return true;
}

void PageWalk::answer(const http::Request& sent, const Result<http::Response>& reply) {
    wanted_.reset();
    if (!reply) {
        end_with(Error(reply.error()).in(where()));
        return;
    }
    take_page(sent, *reply);
}

void PageWalk::take_page(const http::Request& sent, const http::Response& response) {
    auto page = parse_page(response, options_.json);
    if (!page && response.ok()) {
        end_with(std::move(page).error().in(where()));
        return;
    }
    // An error's body need not be JSON.
    auto answer = paginator_.read(position_, sent, response, page ? page->root() : http::Json());
    if (!answer) {
        restart_or_end(as_limit(std::move(answer).error(), response, options_.operation.provider));
        return;
    }
    page_ = std::move(*page);
    answer_ = *std::move(answer);
    index_ = 0;
    ++summary_.pages;
    if (!answer_.incomplete.empty()) {
        summary_.incomplete = answer_.incomplete;
    }
    if (summary_.sync_token.empty()) {
        summary_.sync_token = answer_.sync_token;
    }
    empty_pages_ = answer_.items.empty() ? empty_pages_ + 1 : 0;
    if (options_.whole_pages) {
        answer_.items = {{.value = page_->root()}};
    }
    if (answer_.next) {
        check_tokens();
    }
}

void PageWalk::check_tokens() {
    for (const auto& token : answer_.tokens) {
        if (!seen_.insert(hash_of(token)).second) {
            answer_.problem =
                Error(ErrorKind::protocol,
                      "the walk goes in a circle: this page leads to one that it came from")
                    .with_outcome(Outcome::answered)
                    .with_detail("circle");
            return;
        }
    }
    if (empty_pages_ >= options_.empty_pages_max) {
        answer_.problem =
            Error(ErrorKind::protocol, fmt::format("{} pages without items in a row", empty_pages_))
                .with_outcome(Outcome::answered)
                .with_detail("empty_pages_max");
    }
}

void PageWalk::leave_page() {
    if (answer_.problem) {
        end_with(std::move(*answer_.problem).in(where()));
        return;
    }
    if (!answer_.next) {
        finish();
        return;
    }
    if (summary_.pages >= options_.pages_max) {
        cap("pages_max");
        return;
    }
    if (summary_.items >= options_.items_max) {
        cap("items_max");
        return;
    }
    position_ = *answer_.next;
    skip_ = 0;
    wanted_ = position_;
    page_.reset();
}

void PageWalk::finish() {
    summary_.end = summary_.incomplete.empty() ? WalkEnd::complete : WalkEnd::incomplete;
    if (summary_.end == WalkEnd::incomplete) {
        summary_.sync_token.clear();
    }
}

void PageWalk::cap(std::string_view option) {
    summary_.capped_by = option;
    if (options_.at_cap == AtCap::end) {
        summary_.end = WalkEnd::capped;
        return;
    }
    error_ = Error(ErrorKind::too_large,
                   fmt::format("{}: there is more than {} ({})", options_.walk,
                               option == "pages_max" ? fmt::format("{} pages", options_.pages_max)
                                                     : fmt::format("{} items", options_.items_max),
                               option))
                 .with_outcome(Outcome::answered)
                 .with_detail(std::string(option));
}

void PageWalk::end_with(Error error) {
    wanted_.reset();
    summary_.end = WalkEnd::failed;
    error_ = std::move(error);
}

void PageWalk::restart_or_end(Error error) {
    const bool expired = error.detail() == "cursor_expired" && !position_.first;
    const bool exact = !options_.key.empty() && keys_complete_ && summary_.keys_forgotten == 0;
    const bool may = options_.restart == Restart::with_duplicates ||
                     (options_.restart == Restart::exact && exact);
    const auto start = paginator_.start();
    if (!expired || !may || summary_.restarts > 0 || !start) {
        if (expired && options_.restart == Restart::exact && !exact) {
            error = std::move(error).with_remedy(
                options_.key.empty()
                    ? "start anew, or name the items' key so that a restart hands out none twice"
                    : "start anew: not every item handed out is known by its key any more, so a "
                      "restart would repeat some");
        }
        end_with(std::move(error).in(where()));
        return;
    }
    ++summary_.restarts;
    summary_.incomplete.clear();
    summary_.sync_token.clear();
    seen_.clear();
    empty_pages_ = 0;
    skip_ = 0;
    page_.reset();
    position_ = *start;
    wanted_ = position_;
    if (const auto first = paginator_.request(position_)) {
        seen_ = {hash_of(first->url().to_string())};
    }
}

std::vector<PagePosition> PageWalk::ahead(std::size_t count) const {
    const auto full = summary_.items + (answer_.items.size() - index_) >= options_.items_max;
    if (!page_ || answer_.problem || full || summary_.end != WalkEnd::under_way) {
        return {};
    }
    const auto left = options_.pages_max - std::min(options_.pages_max, summary_.pages);
    return Paginator::ahead(answer_,
                            static_cast<std::size_t>(std::min<std::uint64_t>(count, left)));
}

Error PageWalk::bad_item(Error error) {
    error = std::move(error).in(fmt::format("{}, item {}", where(), place_.index));
    if (options_.bad_item == BadItem::go_on) {
        --summary_.items;
        ++summary_.bad_items;
        return error;
    }
    --summary_.items;
    --index_;
    if (key_added_) {
        keys_.drop_newest();
    }
    summary_.end = WalkEnd::failed;
    return error;
}

Result<Checkpoint> PageWalk::checkpoint() const {
    Checkpoint checkpoint;
    checkpoint.walk = options_.walk;
    checkpoint.fingerprint = paginator_.fingerprint();
    checkpoint.so_far = summary_;
    checkpoint.index = page_ ? index_ : skip_;
    checkpoint.done = summary_.end == WalkEnd::complete || summary_.end == WalkEnd::incomplete;
    auto position = position_;
    if (page_ && index_ == answer_.items.size() && answer_.next && !answer_.problem) {
        position = *answer_.next;
        checkpoint.index = 0;
    } else if (page_ && index_ == answer_.items.size() && !answer_.problem) {
        checkpoint.done = true;
    } else if (page_) {
        // It will be read again.
        --checkpoint.so_far.pages;
    }
    APILAB_TRY(checkpoint.position, paginator_.for_keeping(std::move(position)));
    checkpoint.keys = keys_.newest(options_.checkpoint_keys_max);
    checkpoint.keys_complete =
        keys_complete_ && keys_.forgotten() == 0 && checkpoint.keys.size() == keys_.size();
    if (!paginator_.detected().empty()) {
        checkpoint.detected = detected_to_json(paginator_.rules());
        checkpoint.detected_why = paginator_.detected();
    }
    checkpoint.started = started_;
    if (options_.clock != nullptr && options_.cursor_life) {
        checkpoint.expires = options_.clock->system_now() + *options_.cursor_life;
    }
    return checkpoint;
}

std::string PageWalk::where() const {
    return fmt::format("{}, page {}", options_.walk.empty() ? "walk" : options_.walk,
                       page_ ? summary_.pages : summary_.pages + 1);
}

}  // namespace apilab::data
