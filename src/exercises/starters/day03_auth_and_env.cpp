// Day 3: credentials: where they come from, where they go, and where they never are
//
// Situation  Three services, three schemes. The platform leaves the secrets in a file, in .env
//            and in the environment, and replaces one after 30 s; the old one is good for a minute
//            more.
// Yours      The start, the headers, the log, and what happens when the key is replaced.
// Check      ./lab learn check day03_auth_and_env
// Stuck      ./lab learn hint day03_auth_and_env

#include "apilab/base/base64.hpp"
#include "apilab/base/secret_source.hpp"
#include "exercise.hpp"

namespace {

using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;
using Secrets = std::vector<FoundSecret>;  // in the order of `names`

const std::vector<std::string> names = {"APILAB_API_KEY", "APILAB_API_USER", "APILAB_API_PASSWORD",
                                        "APILAB_API_TOKEN"};

// TODO: give each scheme its header: `x-api-key` for `key`, `authorization` for `basic` and
// `bearer`. A secret's bytes are `secrets[0].value.reveal()`; `base64_encode` is there. The query
// is not the place: it stands in every log on the way.
void authorize(Lab& lab, Request& request, std::string_view scheme, const Secrets& secrets) {
    if (scheme == "key") {
        const std::string key(secrets[0].value.reveal());
        request.url(lab.get("/api/auth/key?api_key=" + key).url());
    }
}

Task<void> watch(Lab& lab) {
    // TODO: say all that is missing at once. `SecretSources({})` is a machine where nothing is set;
    // what would `require(names)` say there?
    lab.hand_in("first start", names[0] + " is not set");
    const SecretSources sources = deployed(lab);
    const Secrets secrets = or_refuse(sources.require(names));
    std::string log;
    for (int round = 0; round < 25; ++round) {
        // TODO: the key is replaced after round 5. Who tells the program?
        for (const std::string scheme : {"key", "basic", "bearer"}) {
            auto request = lab.get("/api/auth/" + scheme);
            authorize(lab, request, scheme, secrets);
            // TODO: this log is read by more people than may have the key.
            log += request.url().to_string() + "\n";
            for (const auto& [name, value] : request.headers()) {
                log += name + ": " + value + "\n";
            }
            lab.ended(scheme, co_await transport::send(lab.transport(), request));
        }
        co_await (round == 5 ? replace_key(lab) : lab.sleep(6s));  // somebody else does it
    }
    lab.hand_in("log", log);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day03_auth_and_env",
                          .story = "three services, three schemes, and a key that is replaced",
                          .scenario = "day03-auth",
                          .deadline = 20s,
                          .production = watch,
                          .numbers = {"places with a secret", "answers 401"},
                          .next = "day03_secret_leak_hunt"},
                         argc, argv);
}
