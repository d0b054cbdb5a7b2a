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

// Types that came after the receiver was written, and a secret that is changed half-way.
constexpr std::string_view strange = R"(
[[webhook]]
from = "github"
events = 8
every = "1s"
unknown = 2
[[webhook]]
from = "slack"
events = 8
every = "1s"
unknown = 2
[[webhook]]
from = "standard"
events = 8
every = "1s"
rotate = 4
retired = 2
unknown = 1
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
    const auto add_strange = [&](std::string check, std::vector<Mutant> mutants) {
        list.push_back({.check = std::move(check),
                        .scenario = std::string(strange),
                        .good = receiving({}),
                        .mutants = std::move(mutants)});
    };
    add_strange(
        "WHK-10",
        {{"refuses a type that it does not know", receiving({.refuses_unknown_types = true})},
         {"takes every type for one that it knows", receiving({.acts_on_unknown_types = true})}});
    add_strange(
        "WHK-11",
        {{"looks at the first signature only", receiving({.looks_at_the_first_only = true})},
         {"goes on believing the former secret", receiving({.keeps_the_former_secret = true})}});
}

}  // namespace apilab::sandbox::trials
