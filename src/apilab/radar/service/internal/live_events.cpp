#include "apilab/radar/service/internal/live_events.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace apilab::radar::internal {

using runtime::Scheduler;
using runtime::Task;

namespace {

constexpr std::size_t piece_max = 256 * 1024;

}  // namespace

void LiveHub::publish(std::string name, std::string data) {
    said_.push_back({.number = ++number_, .name = std::move(name), .data = std::move(data)});
    if (said_.size() > kept_max) {
        said_.pop_front();
    }
    for (auto* reader : readers_) {
        reader->wake();
    }
}

void LiveHub::end() {
    over_ = true;
    for (auto* reader : readers_) {
        reader->wake();
    }
}

LiveReader::LiveReader(std::shared_ptr<LiveHub> hub, std::string_view last_id)
    : hub_(std::move(hub)), seen_(hub_->number_) {
    hub_->readers_.insert(this);
    if (last_id.empty()) {
        return;
    }
    const auto dash = last_id.rfind('-');
    const auto digits = last_id.substr(dash == std::string_view::npos ? last_id.size() : dash + 1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    const auto oldest = hub_->said_.empty() ? hub_->number_ : hub_->said_.front().number - 1;
    // Of another life, or too long ago: what is on the page is not what is.
    reset_ = !whole || last_id.substr(0, dash) != hub_->boot_ || number < oldest ||
             number > hub_->number_;
    if (!reset_) {
        seen_ = number;
    }
}

LiveReader::~LiveReader() {
    hub_->readers_.erase(this);
}

void LiveReader::wake() {
    if (change_) {
        change_->set();
    }
}

Task<Result<void>> LiveReader::start() {
    co_return Result<void>();
}

std::string LiveReader::take() {
    std::string text;
    if (!begun_) {
        // When to come again, and from where.
        text = fmt::format("retry: 2000\n\nid: {}-{}\nevent: hello\ndata: {{}}\n\n", hub_->boot_,
                           seen_);
        begun_ = true;
    }
    const auto& said = hub_->said_;
    if (reset_ || (!said.empty() && said.front().number > seen_ + 1)) {
        reset_ = false;
        seen_ = hub_->number_;
        text += fmt::format("id: {}-{}\nevent: reset\ndata: {{}}\n\n", hub_->boot_, seen_);
    }
    for (const auto& one : said) {
        if (one.number > seen_ && text.size() < piece_max) {
            text += fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", hub_->boot_, one.number,
                                one.name, one.data);
            seen_ = one.number;
        }
    }
    return text;
}

Task<Result<std::string>> LiveReader::read(std::size_t /*max*/) {
    while (true) {
        change_.emplace();
        auto text = hub_->over_ ? std::string() : take();
        if (!text.empty() || hub_->over_) {
            co_return text;
        }
        const auto woken =
            co_await hub_->scheduler_.wait(&*change_, hub_->scheduler_.now() + hub_->heartbeat_);
        if (woken == Scheduler::Woken::cancelled) {
            co_return fail(ErrorKind::cancelled, "the reader is let go");
        }
        if (woken == Scheduler::Woken::time) {
            co_return std::string("event: beat\ndata: {}\n\n");
        }
    }
}

}  // namespace apilab::radar::internal
