// Webhooks, some of which are not what they say.

#include "apilab/sandbox/judge/trials/internal/receiver.hpp"
#include "apilab/sandbox/judge/trials/internal/stage.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

constexpr std::string_view hostile = R"(
[[fault]]
where = "effects:*"
what = { stall = { at = "accept", for = "4s" } }
[[webhook]]
from = "github"
events = 12
every = "100ms"
odd = 3
duplicate = [2, 5]
twin = [3, 7, 9]
altered = 2
forged = 2
unsigned = 3
[[webhook]]
from = "slack"
events = 12
every = "100ms"
odd = 2
lost = [4, 8]
duplicate = [2, 6]
twin = [3, 10]
altered = 1
forged = 1
unsigned = 2
stale = 2
future = 2
)";

Client receiving(Sins sins) {
    return [sins](Stage& stage) {
        Receiver receiver(*stage.sandbox, sins);
        stage.receive(receiver);
        runtime::run(stage.scheduler, receiver.finish());
    };
}

}  // namespace

void add_webhook_trials(std::vector<Trial>& list) {
    const auto add = [&](std::string check, std::vector<Mutant> mutants) {
        list.push_back({.check = std::move(check),
                        .scenario = std::string(hostile),
                        .good = receiving({}),
                        .mutants = std::move(mutants)});
    };
    const Mutant forgets{"remembers nothing", receiving({.forgets = true})};
    const Mutant believes{"verifies nothing", receiving({.believes_everybody = true})};
    const Mutant any{"looks only whether there is a signature",
                     receiving({.believes_any_signature = true})};
    add("WHK-01", {{"verifies what it has parsed and written again",
                    receiving({.reads_then_verifies = true})},
                   {"does not send the challenge back", receiving({.keeps_challenge = true})},
                   {"loses every second event", receiving({.drops_half = true})}});
    add("WHK-02", {believes, any});
    add("WHK-03", {believes, any});
    add("WHK-04", {{"does not look at the time", receiving({.ignores_time = true})}});
    add("WHK-05", {forgets, {"refuses a copy", receiving({.refuses_copies = true})}});
    add("WHK-06",
        {forgets, {"remembers only after its work", receiving({.checks_then_acts = true})}});
    add("WHK-08", {{"works before it answers", receiving({.works_first = true})}});
    add("WHK-09", {{"drops what is sent again", receiving({.drops_retries = true})}});
}

}  // namespace apilab::sandbox::trials
