#include "hook/hook_inlet.hpp"

#include <array>
#include <utility>

#include "apilab/work/incoming.hpp"
#include "apilab/work/sender.hpp"

namespace apilab::cli {
namespace {

using Count = std::uint64_t work::ReceiverStats::*;
struct Verdict {
    std::string_view name;
    Count count;
    /// It was found genuine: what it says of itself may be shown.
    bool genuine = false;
};
using Stats = work::ReceiverStats;
constexpr std::array verdicts{
    Verdict{"stored", &Stats::stored, true},
    Verdict{"duplicate", &Stats::duplicates, true},
    Verdict{"revived", &Stats::revived, true},
    Verdict{"conflict", &Stats::conflicts, true},
    Verdict{"replayed", &Stats::replayed, true},
    Verdict{"handshake", &Stats::handshakes},
    Verdict{"not found", &Stats::not_found},
    Verdict{"unsupported", &Stats::unsupported},
    Verdict{"too large", &Stats::too_large},
    Verdict{"out of time", &Stats::out_of_time},
    Verdict{"not genuine", &Stats::unverified},
    Verdict{"malformed", &Stats::malformed},
    Verdict{"shed", &Stats::shed},
    Verdict{"not stored", &Stats::failed},
    Verdict{"too slow to store", &Stats::late},
};

const work::Sender* sender_at(std::string_view path) {
    constexpr std::string_view prefix = "/webhooks/";
    return path.starts_with(prefix) ? work::find_sender(path.substr(prefix.size())) : nullptr;
}

void name(const http::Request& request, Arrival& arrival) {
    const auto* sender = sender_at(arrival.path);
    if (sender == nullptr) {
        return;
    }
    if (auto in = work::read_event(*sender, request.headers(), request.body())) {
        arrival.type = std::move(in->event.type);
        arrival.sender_id = std::move(in->event.sender_id);
    }
}

}  // namespace

runtime::Task<Result<http::Response>> HookInlet::call(http::Request request,
                                                      runtime::CallContext context) {
    const auto begun = scheduler_.now();
    Arrival arrival{.path = request.url().path()};
    if (const auto* sender = sender_at(arrival.path)) {
        arrival.source = sender->source;
    }
    const http::Request kept = request;
    auto answer = co_await receiver_.call(std::move(request), std::move(context));
    // What it counted since the last answer is this one: each is counted right before it is given.
    const auto stats = receiver_.stats();
    for (const auto& verdict : verdicts) {
        if (stats.*verdict.count != known_.*verdict.count) {
            arrival.verdict = verdict.name;
            if (verdict.genuine) {  // only now: nothing is read of what nobody proved
                name(kept, arrival);
            }
            break;
        }
    }
    known_ = stats;
    arrival.other_token = arrival.source == "notion" && answer && answer->status() == 401 &&
                          work::read_verification_token(kept.body()).has_value();
    arrival.status = answer ? answer->status() : 0;
    arrival.took = scheduler_.now() - begun;
    told_(arrival);
    co_return answer;
}

}  // namespace apilab::cli
