// Day 3: credentials: where they come from, where they go, and where they never are
//
// Situation  Three services, three schemes. The platform leaves the secrets in a file, in .env
//            and in the environment, and replaces one after 30 s; the old one is good for a minute
//            more.
// Shows      A start that names all that is missing; secrets read again; each in its header only.
// Run        ./lab learn day03_auth_and_env --compare
// Break      --break=first-missing | key-in-query | log-headers | read-once

#include "apilab/auth/credentials.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/secret_source.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;
using Secrets = std::vector<FoundSecret>;  // in the order of `names`
using Authorize = void (*)(Lab&, Request&, std::string_view scheme, const Secrets&);
const std::vector<std::string> names = {"APILAB_API_KEY", "APILAB_API_USER", "APILAB_API_PASSWORD",
                                        "APILAB_API_TOKEN"};

// Each scheme has its header. Basic is no encryption: whoever reads it has the password.
void by_hand(Lab& lab, Request& request, std::string_view scheme, const Secrets& secrets) {
    const auto value = [&](std::size_t i) { return std::string(secrets[i].value.reveal()); };
    if (scheme == "key" && lab.broken("key-in-query")) {
        request.url(lab.get("/api/auth/key?api_key=" + value(0)).url());
    } else if (scheme == "key") {
        request.header("x-api-key", value(0));
    } else if (scheme == "basic") {
        request.header("authorization", "Basic " + base64_encode(value(1) + ":" + value(2)));
    } else {
        request.header("authorization", "Bearer " + value(3));
    }
}

Task<void> watch(Lab& lab, Authorize authorize) {
    // Where nothing is set: all names in one line, or one starts as often as there are names.
    const auto refused = SecretSources({}).require(names).error().to_string();
    lab.hand_in("first start", lab.broken("first-missing") ? names[0] + " is not set" : refused);
    const SecretSources sources = deployed(lab);
    auto secrets = or_refuse(sources.require(names));
    std::string log;
    for (int round = 0; round < 25; ++round) {
        // Files are read again, which costs microseconds: this is how a new key arrives.
        secrets = lab.broken("read-once") ? secrets : or_refuse(sources.require(names));
        for (const std::string scheme : {"key", "basic", "bearer"}) {
            auto request = lab.get("/api/auth/" + scheme);
            authorize(lab, request, scheme, secrets);
            for (const auto& [name, value] : request.headers()) {
                log += name + ": " + (lab.broken("log-headers") ? value : "***") + "\n";
            }
            lab.ended(scheme, co_await transport::send(lab.transport(), request));
        }
        co_await (round == 5 ? replace_key(lab) : lab.sleep(6s));  // somebody else does it
    }
    lab.hand_in("log", log);
}

// What one writes in a hurry: it is in the environment, and it works in the address line.
Task<void> watch_in_a_hurry(Lab& lab) {
    lab.hand_in("first start", names[0] + " is not set");
    const std::string key(secret_of(lab, names[0]).reveal());
    const auto request = lab.get("/api/auth/key?api_key=" + key);
    for (int round = 0; round < 25; ++round) {
        lab.ended("key", co_await transport::send(lab.transport(), request));
        co_await (round == 5 ? replace_key(lab) : lab.sleep(6s));
    }
    lab.hand_in("log", "asked 25 times: " + request.url().to_string());
    lab.hand_in("metrics", "requests_total{url=\"" + request.url().to_string() + "\"} 25");
}

// The same as by_hand with the library: credentials know their header, and may know their origin.
void by_library(Lab&, Request& request, std::string_view scheme, const Secrets& all) {
    using auth::Credentials;
    const auto basic = Credentials::basic(all[1].value.reveal(), all[2].value);
    const auto other =
        scheme == "key" ? Credentials::api_key(all[0].value) : Credentials::bearer(all[3].value);
    (void)(scheme == "basic" ? basic : other).only_for(request.url()).put_on(request);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day03_auth_and_env",
         .story = "three services, three schemes, and a key that is replaced",
         .scenario = "day03-auth",
         .deadline = 20s,
         .sins = {{"first-missing", "names only the first secret that is missing", "SEC-02"},
                  {"key-in-query", "puts the key into the URL", "AUT-01"},
                  {"log-headers", "writes headers into the log as they are", "SEC-01"},
                  {"read-once", "reads its secrets at the start and never again", "AUT-14"}},
         .production = [](Lab& lab) { return watch(lab, by_hand); },
         .naive = watch_in_a_hurry,
         .library = [](Lab& lab) { return watch(lab, by_library); },
         .numbers = {"places with a secret", "answers 401"},
         .next = "day03_secret_leak_hunt"},
        argc, argv);
}
