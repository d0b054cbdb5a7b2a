#include <fmt/format.h>

#include "apilab/base/clock.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "internal/box.hpp"

namespace exercise::internal {
namespace {

namespace http = apilab::http;
namespace runtime = apilab::runtime;
using apilab::ErrorKind;
using apilab::fail;
using std::chrono::milliseconds;

constexpr Duration look_every = milliseconds(50);
// In seconds of the machine: the admin port is no part of what goes faster.
constexpr Duration patience = std::chrono::seconds(15);

// What a service cannot answer, a server would answer with 500. Here it is a program that nobody
// reaches.
class Listening final : public runtime::Service {
public:
    explicit Listening(apilab::transport::Transport& program) : program_(program) {}
    Task<Result<Response>> call(Request request, runtime::CallContext context) override {
        auto answer = co_await program_.call(std::move(request), std::move(context));
        if (!answer) {
            http::WirePlan plan{.reset = http::WirePlan::Reset::before_response};
            Response cut(500);
            cut.wire(std::make_shared<const http::WirePlan>(std::move(plan)));
            co_return cut;
        }
        co_return answer;
    }

private:
    apilab::transport::Transport& program_;
};

}  // namespace

struct RemoteBox::Parts {
    Parts(runtime::RealScheduler& its_scheduler, AdminAddress its_address)
        : scheduler(its_scheduler),
          address(std::move(its_address)),
          transport(scheduler),
          notes(scheduler) {}

    runtime::RealScheduler& scheduler;
    AdminAddress address;
    apilab::transport::AsioTransport transport;
    std::map<std::string, std::string> handed_in;
    std::string run_id;
    /// Kills that are being told.
    runtime::TaskGroup notes;
};

RemoteBox::RemoteBox(runtime::RealScheduler& scheduler, AdminAddress address)
    : parts_(std::make_unique<Parts>(scheduler, std::move(address))) {}

RemoteBox::~RemoteBox() {
    if (parts_->notes.running() > 0) {  // a run that ended with an exception
        parts_->notes.cancel();
        runtime::run(parts_->scheduler, parts_->notes.join());
    }
}

Task<Result<std::string>> RemoteBox::ask(std::string method, std::string path, std::string body) {
    const auto mark = std::min(path.find('?'), path.size());
    Request request(std::move(method),
                    parts_->address.url.with("/_sandbox" + path.substr(0, mark),
                                             path.substr(std::min(mark + 1, path.size()))));
    request.header("authorization", "Bearer " + std::string(parts_->address.token.reveal()));
    request.body(std::move(body));
    const int speed = parts_->scheduler.speed();
    auto answer = co_await apilab::transport::send(parts_->transport, std::move(request),
                                                   {.timeouts = {.connect = patience * speed,
                                                                 .first_byte = patience * speed,
                                                                 .idle = patience * speed,
                                                                 .attempt = patience * speed}});
    if (!answer) {
        co_return fail(std::move(answer).error().in("the sandbox's admin port"));
    }
    if (!answer->ok()) {
        const auto problem = http::JsonDocument::parse(answer->body());
        co_return fail(ErrorKind::invalid_argument,
                       fmt::format("the sandbox's admin port answers {}: {}", answer->status(),
                                   problem ? problem->root()["detail"].string_or("") : ""));
    }
    co_return std::move(*answer).body();
}

Task<Result<RemoteBox::Clock>> RemoteBox::clock() {
    APILAB_CO_TRY(const auto text, co_await ask("GET", "/clock"));
    APILAB_CO_TRY(const auto told, http::JsonDocument::parse(text));
    const auto machine = apilab::RealClock().system_now();
    Clock clock{.speed = static_cast<int>(told.root()["speed"].integer().value_or(1)),
                .anchor = machine};
    const auto date = http::parse_iso_time(told.root()["now"].string_or(""));
    if (date && clock.speed > 1) {
        clock.anchor = machine - (*date - machine) / (clock.speed - 1);
    }
    co_return clock;
}

Task<Result<RemoteBox::Begun>> RemoteBox::begin(std::string scenario, std::uint64_t seed) {
    auto wanted = fmt::format(R"({{"scenario":{},"seed":{}}})", http::json_quote(scenario), seed);
    APILAB_CO_TRY(const auto run_text, co_await ask("POST", "/runs", std::move(wanted)));
    APILAB_CO_TRY(const auto run, http::JsonDocument::parse(run_text));
    parts_->run_id = run.root()["id"].string_or("");
    Begun begun{.away = milliseconds(run.root()["away_ms"].integer().value_or(0))};
    for (const auto kill : run.root()["kills_ms"].elements()) {
        begun.kills.emplace_back(milliseconds(kill.integer().value_or(0)));
    }
    APILAB_CO_TRY(const auto credentials_text, co_await ask("GET", "/credentials"));
    APILAB_CO_TRY(const auto credentials, http::JsonDocument::parse(credentials_text));
    for (const auto& [name, value] : credentials.root().members()) {
        begun.credentials.emplace(name, value.string_or(""));
    }
    co_return begun;
}

Task<void> RemoteBox::play_world(apilab::transport::Transport& program) {
    Listening listening(program);
    apilab::server::Server server(parts_->scheduler, listening);
    if (const auto ready = server.listen(); !ready) {
        throw CannotStart(ready.error().to_string());
    }
    auto playing = co_await ask("POST", "/world",
                                fmt::format(R"({{"base":"http://127.0.0.1:{}"}})", server.port()));
    while (playing && playing->contains("playing")) {
        (void)co_await parts_->scheduler.sleep_for(look_every * parts_->scheduler.speed());
        playing = co_await ask("GET", "/world");
    }
    co_await server.stop({});
    if (!playing) {
        throw CannotStart(playing.error().to_string());
    }
}

void RemoteBox::hand_in(std::string name, std::string text) {
    parts_->handed_in.insert_or_assign(std::move(name), std::move(text));
}

Task<void> RemoteBox::tell_kill() {
    (void)co_await ask("POST", "/kills");
}

void RemoteBox::note_kill() {
    parts_->notes.spawn(tell_kill());
}

Task<Result<Judged>> RemoteBox::judge(Duration deadline) {
    co_await parts_->notes.join();
    for (const auto& [name, text] : parts_->handed_in) {
        APILAB_CO_CHECK(co_await ask("POST", "/handed-in/" + http::percent_encode(name), text));
    }
    APILAB_CO_CHECK(co_await ask("POST", "/runs/" + parts_->run_id + "/stop"));
    APILAB_CO_TRY(const auto counted, co_await ask("GET", "/numbers"));
    APILAB_CO_TRY(const auto numbers, http::JsonDocument::parse(counted));
    const auto verify = "/verify?deadline=" + std::to_string(deadline / milliseconds(1)) + "ms";
    APILAB_CO_TRY(const auto verdict, co_await ask("GET", verify));
    Judged judged;
    APILAB_CO_TRY(judged.report, apilab::sandbox::read_report(verdict));
    for (const auto& [name, value] : numbers.root().members()) {
        judged.numbers.emplace(name, value.integer().value_or(0));
    }
    co_return judged;
}

}  // namespace exercise::internal
