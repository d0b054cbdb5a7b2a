#pragma once

// What every program of the fourteen days stands on, so that a program shows its mechanism and
// nothing else: flags, the sandbox it runs against (in this process, under virtual time, unless
// --base-url names another), the journal's verdict, and the comparison of two runs. The contract:
// docs/days/README.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/environment.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/base/secret_source.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/send.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::auth {
struct OAuth2Options;
}

namespace exercise {

using apilab::Duration;
using apilab::Result;
using apilab::SteadyTime;
using apilab::http::Request;
using apilab::http::Response;
using apilab::runtime::Task;

/// Something that befalls a run at a time that the program is not told.
struct Incident {
    /// What the judge expects it to be called: `down npm`.
    std::string name;
    /// What the judge expects to be done: `leave npm`, `rotate`, `reconcile`.
    std::string cure;
    /// Since the run began.
    Duration from{};
    Duration until{};
    /// As in a scenario's `[[fault]]`; `what` as JSON.
    std::string where;
    std::string what;
    /// It strikes so often at most; 0: whenever it can.
    int times = 0;
};

/// What one run of a program may use. Everything here outlives the run.
class Lab {
public:
    Lab() = default;
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    virtual ~Lab() = default;

    /// Sends single attempts: what the loops of these programs are written over.
    [[nodiscard]] virtual apilab::transport::Transport& transport() = 0;
    /// The library's client over the same transport.
    [[nodiscard]] virtual apilab::client::Client& client() = 0;
    /// Has that client's calls told to `observer` from now on; it outlives them.
    virtual void observe(apilab::http::Observer& observer) = 0;
    [[nodiscard]] virtual apilab::runtime::Scheduler& scheduler() = 0;
    [[nodiscard]] virtual apilab::Rng& rng() = 0;
    /// A request for `path`, which starts with the provider and may have a query:
    /// `/npm/lodash?n=1`.
    [[nodiscard]] virtual Request get(std::string_view path) const = 0;
    /// The same for any method; `body` is JSON.
    [[nodiscard]] virtual Request request(std::string method, std::string_view path,
                                          std::string body = {}) const = 0;
    /// What a deployed program finds in its environment: credentials and addresses by name. In
    /// this process they come from the seed; with --base-url it is the process's own environment.
    [[nodiscard]] virtual const apilab::Environment& environment() const = 0;
    /// What this run's world and its faults come from.
    [[nodiscard]] virtual std::uint64_t seed() const = 0;
    /// The scenario's name, or `none`.
    [[nodiscard]] virtual const std::string& scenario() const = 0;
    /// Lines to be shown between the numbers and the verdict (not with --json).
    virtual void show(std::string lines) = 0;
    /// A folder of this run's own: empty when it begins, gone when it is over.
    [[nodiscard]] virtual const std::filesystem::path& folder() = 0;
    /// Hands something to the judge beside the journal: a log, metrics.
    virtual void hand_in(std::string name, std::string text) = 0;
    /// A number for the comparison, counted by the program itself (`Program::numbers`).
    virtual void number(std::string name, std::int64_t value) = 0;
    /// Lets the world call the program: what the scenario says of visitors and webhooks happens to
    /// `service`, which answers as a server would. Ends when all of it is over.
    [[nodiscard]] virtual Task<void> meet_the_world(apilab::runtime::Service& service) = 0;
    /// Has what providers tell their subscribers (GitHub's hooks, whatever their URL) reach
    /// `service` while `meanwhile` runs, and until all of it is told. Not with --base-url.
    [[nodiscard]] virtual Task<void> be_told(apilab::runtime::Service& service,
                                             Task<void> meanwhile) = 0;
    /// Has all of this befall the run, and the judge know of it; nothing without a scenario. Called
    /// when the run begins. Not with --base-url.
    virtual void befall(const std::vector<Incident>& incidents) = 0;
    /// Runs `life` as a process that the scenario may kill (`[kill]`), with a lab of its own: from
    /// the kill on nothing it awaits returns, who calls it is refused, and a while later it begins
    /// anew, with `folder()` as it was left. Ends when a life ends by itself.
    [[nodiscard]] virtual Task<void> live(Task<void> (*life)(Lab&)) = 0;
    /// Deploys this very program on an emulated platform (`fly` or `railway`; `real_time` programs
    /// only): as a process of its own (`deployed_instance`) that finds `PORT` and `variables` in
    /// its environment, replaced so many times while the scenario's visitors use it.
    [[nodiscard]] virtual Task<void> deploy(
        std::string platform, int replacements,
        std::vector<std::pair<std::string, std::string>> variables) = 0;
    /// The same for a function that answers.
    using Handler = std::function<Task<Result<Response>>(Request)>;
    [[nodiscard]] Task<void> serve(Handler handler);
    /// What another program of the path, run beside this one on the same seed, shows about one of
    /// its checks: `pass`, `fail`, or `unknown` where that was not put to the test or the program
    /// is not built. The runs are handed in to the judge.
    [[nodiscard]] virtual std::string shown_by(const std::string& program,
                                               std::string_view check) = 0;
    /// Is this protection taken away (`--break=NAME`)?
    [[nodiscard]] virtual bool broken(std::string_view sin) const = 0;
    /// The protection taken away; empty: none.
    [[nodiscard]] virtual std::string sin() const = 0;
    /// How an operation ended: counted as answered, refused or lost.
    virtual void ended(std::string_view what, const Result<Response>& answer) = 0;
    /// Waits; the sum is shown.
    [[nodiscard]] virtual Task<void> sleep(Duration duration) = 0;
    /// Runs `worker(lab, 0)` to `worker(lab, count - 1)` side by side until all are over.
    [[nodiscard]] virtual Task<void> side_by_side(
        std::size_t count, std::function<Task<void>(Lab&, std::size_t)> worker) = 0;

    [[nodiscard]] SteadyTime now() { return scheduler().now(); }
    [[nodiscard]] apilab::SystemTime system_now() { return scheduler().system_now(); }
};

/// A secret of the environment. Throws `CannotStart` where there is none of that name.
[[nodiscard]] apilab::Secret secret_of(Lab& lab, const std::string& name);

/// The client that the environment's `APILAB_<PROVIDER>_CLIENT_ID` and `_CLIENT_SECRET` are of, at
/// `/<provider>/token`; with the refresh token that stands there as `APILAB_<PROVIDER>_<CONSENT>`,
/// or in its own name where `consent` is empty. Throws `CannotStart` where one is missing.
[[nodiscard]] apilab::auth::OAuth2Options oauth2_client(Lab& lab, const std::string& provider,
                                                        const std::string& consent);
/// Waits for the renewals that the library has under way in these sessions.
template <class Sessions>
[[nodiscard]] Task<void> close_all(Sessions& sessions) {
    for (auto& session : sessions) {
        co_await session.library.close();
    }
}
/// The request with `Authorization: Bearer`.
[[nodiscard]] Request bearing(const apilab::Secret& token, Request request);

/// Sends a read until it is let in, at most so many times: day 1 in one function. Waits as long as
/// the answer says, or a moment where it says nothing.
[[nodiscard]] Task<Result<Response>> send_patiently(Lab& lab, Request request, int attempts);

/// Does what an event asks for: `POST /effects` with the event's id, one attempt, under an
/// idempotency key where one is given. True where it was answered with 2xx; else it may have
/// happened all the same.
[[nodiscard]] Task<bool> have_effect(Lab& lab, std::string event, std::string key = {});

/// What an instance that `Lab::deploy` started finds out about itself.
struct DeployedInstance {
    std::uint16_t port = 0;
    /// Of `in_role`; else empty.
    std::string role;
};
/// Nothing in a program that nobody has deployed.
[[nodiscard]] std::optional<DeployedInstance> deployed_instance();
/// Variables for `Lab::deploy` that tell the instances which part they play.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> in_role(std::string role);

/// A protection that `--break` can take away.
struct Sin {
    std::string name;
    /// What goes wrong without it, in one line.
    std::string effect;
    /// The check that must notice (`apilab sandbox checks`).
    std::string check;
};

/// One program: what `main` hands over.
struct Program {
    std::string name;
    /// What is about to happen, in one line.
    std::string story;
    /// The scenario that it meets without --chaos.
    std::string scenario;
    /// No operation may take longer than this; the judge is told.
    Duration deadline{};
    std::vector<Sin> sins;
    /// The policy this day teaches, written out.
    Task<void> (*production)(Lab&) = nullptr;
    /// The tempting wrong one; null in a starter.
    Task<void> (*naive)(Lab&) = nullptr;
    /// The same as `production` in one line of the library; null where it has none.
    Task<void> (*library)(Lab&) = nullptr;
    /// Columns of the comparison instead of the usual ones: what the sandbox counted
    /// (`Provider::numbers`) or the program (`Lab::number`), by name.
    std::vector<std::string> numbers;
    /// Runs in real time, because processes cannot do otherwise. Keep it to a few seconds.
    bool real_time = false;
    /// Options of `Lab::client()`.
    apilab::client::ClientOptions client;
    /// Where to go from here.
    std::string next;
};

/// The program cannot start; the line says what is missing. Ends the run with exit code 2.
struct CannotStart : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The value, or the end of the run with the error's line.
template <class T>
[[nodiscard]] T or_refuse(Result<T> result) {
    if (!result) {
        throw CannotStart(result.error().to_string());
    }
    return *std::move(result);
}

/// Where a platform has put this run's secrets: the API's key in a file that `APILAB_API_KEY_FILE`
/// names, its user and password in a `.env`, all else in the environment. What is not set in
/// `lab.environment()` is nowhere.
[[nodiscard]] apilab::SecretSources deployed(Lab& lab);
/// What somebody else does while the program runs: has the API make a new key and puts it where
/// the old one was. The old one is taken for a minute more.
[[nodiscard]] Task<void> replace_key(Lab& lab);

/// What others do to a list of items while it is read: behind every third page there is a new one
/// (it comes first, and moves everything behind it), and behind every fifth one that was read is
/// removed. `ids` are those read so far, each with its line end.
[[nodiscard]] Task<void> change_items(Lab& lab, std::size_t pages, std::string ids);

/// Callers who all come at once, and then again, so many times.
struct Rounds {
    int rounds = 1;
    std::size_t callers = 1;
    /// From the end of a round to the next one; also after the last.
    Duration apart{};
};
/// Runs `call(id, caller)` for each caller of each round, callers from 0, the id (`caller-round`)
/// another one every time; counts how it ended.
[[nodiscard]] Task<void> in_rounds(
    Lab& lab, Rounds plan,
    std::function<Task<Result<Response>>(const std::string& id, std::size_t caller)> call);

/// What `npm`, `osv` or `github` is asked about a package: its latest version, its advisories. With
/// the run's token where that belongs.
[[nodiscard]] Request about(Lab& lab, std::string_view source, const std::string& package);
/// The path of that request with `{package}` for its place: what metrics are labelled with.
[[nodiscard]] std::string url_template_of(std::string_view source);
/// What a page shows of such an answer: the version, or how many advisories. Nothing where the body
/// is not as promised.
[[nodiscard]] std::optional<std::string> shown_of(std::string_view source, const Response& answer);

/// How often `what` stands in `text`; what is counted does not overlap.
[[nodiscard]] std::int64_t occurrences(std::string_view text, std::string_view what);

/// Reads the flags, runs, judges, prints. Returns the exit code: 0 verdict pass, 3 fail, 5 unknown,
/// 2 wrong usage, 7 no sandbox there.
int run(const Program& program, int argc, char** argv);

}  // namespace exercise
