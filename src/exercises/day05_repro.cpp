// Day 5: can somebody else see it, too?
//
// Situation  One page of a list fails in production. What is left is the call's story: fit to be
//            shown, and so without its token. Somebody is to see it fail on their own machine.
// Shows      From a story to one command that does it again: the same seed and scenario, the same
//            query and headers, and what redaction cut away put back from the environment.
// Run        ./lab learn day05_repro --compare      (paste the command that it shows)
// Break      --break=leave-stars | bare-url | no-headers | paste-token

#include <fmt/format.h>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/story_json.hpp"
#include "apilab/observe/story_observer.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::observe::Story;

constexpr auto token = "APILAB_GITHUB_TOKEN";
constexpr std::string_view failing_page = "/github/repos/octo/hooks/releases?per_page=3&page=2";

// Production: a client with its retries, and an observer that keeps what was said. It writes a
// file, as `apilab call` and the store of traces do; nothing in it is a secret.
Task<std::filesystem::path> a_call_in_production(Lab& lab) {
    const auto file = lab.folder() / "story.json";
    apilab::observe::StoryObserver keeps(lab.scheduler(), [&](const Story& story) {
        or_refuse(apilab::write_file_atomically(file, apilab::observe::story_json(story)));
    });
    apilab::client::ClientOptions options;
    options.request_id_header = "x-request-id";
    const auto client = or_refuse(apilab::client::Client::create(
        lab.scheduler(), lab.transport(), lab.rng(), std::move(options), {&keeps}));
    auto request = bearing(secret_of(lab, token), lab.get(failing_page))
                       .header("accept", "application/vnd.github+json")
                       .header("x-github-api-version", "2022-11-28");
    lab.ended("in production", co_await client->send(std::move(request)));
    co_await client->close();
    co_return file;
}

Story story_in(const std::filesystem::path& file) {
    return or_refuse(apilab::observe::parse_story(
        or_refuse(apilab::read_file(file, apilab::observe::StoryLimits::size_max))));
}

bool failed(const Story& story) {
    return story.record.status == 0 || story.record.status >= 400;
}

// What stands for a secret in what is shown. Only whoever runs it knows what belongs there.
std::string put_back(Lab& lab, const std::string& name, const std::string& value) {
    if (value != "***" || lab.broken("leave-stars")) {
        return value;
    }
    if (name != "authorization") {
        throw CannotStart(fmt::format("the story hides {}, and nobody knows what was there", name));
    }
    return fmt::format("Bearer {}", secret_of(lab, token).reveal());
}

// The last exchange of the story as a request: what the command does, done by this program.
Request again(Lab& lab, const apilab::observe::Exchange& exchange) {
    const auto cut = lab.broken("bare-url") ? exchange.url.find('?') : std::string::npos;
    Request request(exchange.method,
                    or_refuse(apilab::http::Url::parse(exchange.url.substr(0, cut))));
    for (const auto& [name, value] : exchange.request_headers) {
        const auto lower = apilab::ascii_lowered(name);
        if (lower == "authorization" || !lab.broken("no-headers")) {
            request.header(name, put_back(lab, lower, value));
        }
    }
    return std::move(request).header("x-request-id", "again.1");
}

// The same for another machine. The sandbox is made anew from its seed and its scenario, and
// gives its token to the command in the environment: the line itself can stand in an issue.
std::string command(Lab& lab, const apilab::observe::Exchange& exchange) {
    const auto credential = lab.broken("paste-token") ? std::string(secret_of(lab, token).reveal())
                                                      : fmt::format("${}", token);
    return fmt::format(
        "apilab sandbox run --scenario {} --seed {} -- sh -s <<'AGAIN'\n"
        "AUTHORIZATION=\"Bearer {}\"; at=${{APILAB_GITHUB_URL#http://}}\n"
        "{} --connect-to \"::${{at%/github}}\" -sSi\n"
        "AGAIN\n",
        lab.scenario(), lab.seed(), credential, apilab::observe::curl_line(exchange));
}

void hand_in(Lab& lab, const Story& story, const std::string& line) {
    const auto id = apilab::http::request_id(story.record, story.record.attempts.back().number);
    lab.hand_in("repro", fmt::format(R"({{"failed":"{}","again":"again.1"}})", id));
    lab.hand_in("command", line);
    lab.show(line);
}

Task<void> production(Lab& lab) {
    const auto story = story_in(co_await a_call_in_production(lab));
    if (!failed(story)) {
        co_return;  // nothing to reproduce
    }
    if (story.exchanges.empty()) {
        throw CannotStart("the story has no exchange: nobody kept what was said");
    }
    const auto& exchange = story.exchanges.back();  // of the attempt that was given up on
    co_await lab.sleep(1s);
    lab.ended("again", co_await send(lab.transport(), again(lab, exchange)));
    hand_in(lab, story, command(lab, exchange));
}

// In a hurry: the address from the log, into the browser. "Works for me."
Task<void> into_the_browser(Lab& lab) {
    const auto story = story_in(co_await a_call_in_production(lab));
    if (!failed(story)) {
        co_return;  // nothing to reproduce
    }
    const auto path = failing_page.substr(0, failing_page.find('?'));
    co_await lab.sleep(1s);
    auto bare = lab.get(path).header("x-request-id", "again.1");
    const auto line = fmt::format("curl {}\n", bare.url().to_string());
    lab.ended("again", co_await send(lab.transport(), std::move(bare)));
    hand_in(lab, story, line);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day05_repro",
         .story = "a page fails in production; what is left of the call becomes one command",
         .scenario = "day05-repro",
         .deadline = 1min,
         .sins = {{"leave-stars", "sends *** where the token was", "OBS-23"},
                  {"bare-url", "leaves out the query", "OBS-23"},
                  {"no-headers", "leaves out the headers that are no secret", "OBS-23"},
                  {"paste-token", "writes the token into the command", "SEC-01"}},
         .production = production,
         .naive = into_the_browser,
         .next = "day06_webhooks"},
        argc, argv);
}
