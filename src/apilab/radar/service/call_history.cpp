#include "apilab/radar/service/call_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/error.hpp"

namespace apilab::radar {
namespace {

constexpr std::size_t sources_max = 100;

std::size_t bytes_of(const observe::Story& story) {
    std::size_t bytes = 0;
    for (const auto& exchange : story.exchanges) {
        bytes += exchange.request_body.size() + exchange.response_body.size();
    }
    return bytes;
}

// Why it was no success; empty where it was one. A 404 is an answer like any other.
std::string problem_of(const http::CallRecord& call) {
    constexpr int unauthorized = 401;
    constexpr int forbidden = 403;
    constexpr int too_many = 429;
    constexpr int server_error = 500;
    if (call.error) {
        return std::string(to_string(*call.error));
    }
    const bool refused = call.status == unauthorized || call.status == forbidden ||
                         call.status == too_many || call.status >= server_error;
    return refused ? fmt::format("{}", call.status) : std::string();
}

void count(CallHistory::Source& source, std::string problem, SystemTime at) {
    ++source.calls;
    if (problem.empty()) {
        source.last_success = at;
        source.failures_in_a_row = 0;
        return;
    }
    ++source.failures;
    ++source.failures_in_a_row;
    source.last_failure = at;
    source.last_problem = std::move(problem);
}

}  // namespace

void CallHistory::take(observe::Story story) {
    const http::CallRecord& call = story.record;
    // A call that somebody here gave up says nothing of the other side.
    const bool cancelled = call.error == ErrorKind::cancelled;
    const auto known = sources_.find(call.provider);
    if (!cancelled && (known != sources_.end() || sources_.size() < sources_max)) {
        count(known != sources_.end() ? known->second : sources_[call.provider], problem_of(call),
              story.at(call.started + call.elapsed));
    }
    bytes_ += bytes_of(story);
    calls_.push_back({.number = ++number_, .story = std::move(story)});
    while (calls_.size() > std::max<std::size_t>(limits_.calls_max, 1) ||
           (bytes_ > limits_.bytes_max && calls_.size() > 1)) {
        bytes_ -= bytes_of(calls_.front().story);
        calls_.pop_front();
    }
    if (on_call) {
        on_call(calls_.back());
    }
}

const CallHistory::Entry* CallHistory::find(std::uint64_t number) const {
    // They are numbered one after another.
    if (calls_.empty() || number < calls_.front().number || number > calls_.back().number) {
        return nullptr;
    }
    return &calls_[static_cast<std::size_t>(number - calls_.front().number)];
}

}  // namespace apilab::radar
