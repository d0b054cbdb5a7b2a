// Day 4: one token for many processes, renewed by one of them
//
// Situation  Four processes of one deployment, twelve callers each, share Mara's login. Once an
//            hour her token is over, and all forty-eight come at once. The server rotates: a
//            refresh token that turns up twice ends the login for everybody.
// Shows      In a process a door for one; among processes a lock, a file that is read again under
//            it, and a new pair that is on the disk before anybody uses it.
// Run        ./lab learn day04_refresh_stampede --compare
// Break      --break=no-lock | no-reread | forget-pair

#include <fmt/format.h>

#include <array>

#include "apilab/auth/file_token_store.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/file_lock.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr std::size_t callers_each = 12;
constexpr std::size_t tokens_max = 4096;

// What the processes share: two tokens and when the first one is over, a line each.
struct Pair {
    Secret access;
    Secret refresh;
    SteadyTime renew_at;
};

Result<void> write_pair(const std::filesystem::path& file, const Pair& pair) {
    // Beside it and then by a rename: who reads meanwhile has the old pair or the new one.
    return write_file_atomically(
        file, fmt::format("{}\n{}\n{}\n", pair.access.reveal(), pair.refresh.reveal(),
                          pair.renew_at.time_since_epoch().count()));
}

Result<Pair> read_pair(const std::filesystem::path& file) {
    APILAB_TRY(const auto text, read_file(file, tokens_max));
    const auto first = text.find('\n');
    const auto second = text.find('\n', first + 1);
    return Pair{.access = Secret(text.substr(0, first)),
                .refresh = Secret(text.substr(first + 1, second - first - 1)),
                .renew_at = SteadyTime(Duration(std::stoll(text.substr(second + 1))))};
}

// One process of the four. `pair` is its memory; the file is everybody's.
struct Process {
    Lab& lab;
    auth::OAuth2Options how = oauth2_client(lab, "oauth", "REFRESH_TOKEN");
    std::filesystem::path file = lab.folder() / "mara.tokens";
    // The lock alone would do: it keeps the callers of one process out as well. But then each of
    // them would look at it fifty times a second.
    runtime::Semaphore door{lab.scheduler(), 1};
    Pair pair = {.refresh = how.refresh_token};
    std::unique_ptr<auth::FileTokenStore> store =
        or_refuse(auth::FileTokenStore::open(lab.folder() / "tokens"));
    std::unique_ptr<auth::OAuth2TokenSource> library = nullptr;
    [[nodiscard]] bool good() const { return lab.now() < pair.renew_at; }
};

Task<Result<void>> renew(Process& process) {
    const SteadyTime asked = process.lab.now();
    const auto fresh = auth::read_token_answer(co_await process.lab.transport().call(
        token_request(process.how, process.pair.refresh), {}));
    APILAB_CO_CHECK(fresh);
    process.pair.access = fresh->access_token;
    process.pair.renew_at = asked + fresh->lifetime.value_or(1h) - 1min;
    if (!fresh->refresh_token.empty()) {
        process.pair.refresh = fresh->refresh_token;
    }
    if (process.lab.broken("forget-pair")) {
        co_return Result<void>();  // kept in memory: the other three never hear of it
    }
    co_return write_pair(process.file, process.pair);
}

// One process at a time; whoever comes in reads first what the one before may have left.
Task<Result<void>> renew_for_all(Process& process) {
    std::optional<FileLock> held;
    while (!held && !process.lab.broken("no-lock")) {
        APILAB_CO_TRY(held, FileLock::try_lock(process.lab.folder() / "mara.lock"));
        if (!held) {
            co_await process.lab.sleep(20ms);
        }
    }
    if (!process.lab.broken("no-reread") && std::filesystem::exists(process.file)) {
        APILAB_CO_TRY(process.pair, read_pair(process.file));
    }
    co_return process.good() ? Result<void>() : co_await renew(process);
}

Task<Result<Secret>> shared_token(Process& process) {
    const auto inside = co_await process.door.acquire();
    if (!process.good()) {
        APILAB_CO_CHECK(co_await renew_for_all(process));
    }
    co_return process.pair.access;
}

// What one writes in a hurry: each process keeps its own, each caller renews when it is over.
Task<Result<Secret>> own_token(Process& process) {
    if (!process.good()) {
        const SteadyTime asked = process.lab.now();
        const auto fresh = auth::read_token_answer(co_await process.lab.transport().call(
            token_request(process.how, process.pair.refresh), {}));
        APILAB_CO_CHECK(fresh);
        process.pair = {fresh->access_token, fresh->refresh_token, asked + 59min};
    }
    co_return process.pair.access;
}

// The same as shared_token by the library: one store, and a source in each process.
Task<Result<Secret>> token_by_library(Process& process) {
    if (!process.library) {
        process.how.renewal.store = process.store.get();
        process.library = std::make_unique<auth::OAuth2TokenSource>(
            process.lab.scheduler(), process.lab.client(), process.lab.rng(), process.how);
    }
    return process.library->token();
}

Task<Result<Response>> read(Process& process, std::string id, auto tokens) {
    APILAB_CO_TRY(const auto token, co_await tokens(process));
    const auto request = process.lab.get("/oauth/documents/" + id);
    auto answer = co_await process.lab.transport().call(bearing(token, request), {});
    co_return answer ? answer->error_for_status() : answer;
}

Task<void> day(Lab& lab, auto tokens) {
    std::array<Process, 4> all = {{{lab}, {lab}, {lab}, {lab}}};
    const Rounds plan{.rounds = 6, .callers = all.size() * callers_each, .apart = 61min};
    co_await in_rounds(lab, plan, [&](auto& id, auto caller) {
        return read(all.at(caller / callers_each), id, tokens);
    });
    for (Process& process : all) {
        if (process.library) {
            co_await process.library->close();
        }
    }
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day04_refresh_stampede",
         .story = "4 processes, 48 callers, one login, 6 rounds of an hour",
         .scenario = "day04-stampede",
         .deadline = 20s,
         .sins = {{"no-lock", "processes renew at the same time", "AUT-03"},
                  {"no-reread", "does not look what the one before has left", "AUT-08"},
                  {"forget-pair", "keeps the new pair in memory", "AUT-08"}},
         .production = [](Lab& lab) { return day(lab, shared_token); },
         .naive = [](Lab& lab) { return day(lab, own_token); },
         .library = [](Lab& lab) { return day(lab, token_by_library); },
         .numbers = {"token requests", "answered", "lost"},
         .next = "day04_auth_code_pkce"},
        argc, argv);
}
