#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// What a receiver of webhooks can do wrong, one thing each.
struct ReceiverSins {
    bool reads_then_verifies = false;
    bool believes_everybody = false;
    bool believes_sha1 = false;
    bool ignores_time = false;
    bool forgets = false;
    bool checks_then_acts = false;
    bool works_first = false;
    bool drops_retries = false;
    bool refuses_copies = false;
    bool drops_half = false;
    bool keeps_challenge = false;
    bool overwrites = false;
    bool refuses_news = false;
    bool acts_on_news = false;
    bool looks_at_one_signature = false;
    bool keeps_the_former_secret = false;
    bool sheds = false;
    /// Says 503 to every event.
    bool puts_off = false;
    /// No sin: it has no path for Stripe, Notion and Standard Webhooks.
    bool takes_only_two = false;
};

/// A program that receives webhooks of all five senders and works them with `POST /effects`,
/// written by hand for the tests of the judge. Signs with the sandbox's own functions: what is
/// tested here is the judge.
class TestReceiver final : public runtime::Service {
public:
    TestReceiver(Sandbox& sandbox, ReceiverSins sins)
        : sandbox_(sandbox), sins_(sins), jobs_(sandbox.scheduler()) {}
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override;
    [[nodiscard]] runtime::Task<void> finish() { return jobs_.join(); }

private:
    struct Told;
    [[nodiscard]] bool genuine(const http::Request& request) const;
    [[nodiscard]] bool signed_by(const http::Request& request, const std::string& body,
                                 bool former) const;
    [[nodiscard]] bool in_time(std::string_view stamp) const;
    [[nodiscard]] runtime::Task<void> work(std::string event, std::string version);

    Sandbox& sandbox_;
    ReceiverSins sins_;
    std::set<std::string> seen_;
    std::map<std::string, std::string> versions_;
    int count_ = 0;
    runtime::TaskGroup jobs_;
};

/// The report of a run of this scenario (TOML) against such a receiver; with `killed` the journal
/// has a kill, without `met` nobody ever calls.
[[nodiscard]] RunReport judge_receiver(std::string_view scenario, ReceiverSins sins,
                                       bool killed = false, std::uint64_t seed = 1,
                                       bool met = true);
[[nodiscard]] Finding finding_of(const RunReport& report, std::string_view id);

}  // namespace apilab::sandbox::internal
