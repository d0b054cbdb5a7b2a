#include "apilab/auth/loopback_listener.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "apilab/base/markup.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/server/server.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr std::string_view address = "127.0.0.1";
constexpr std::string_view path = "/callback";
constexpr std::chrono::seconds farewell(1);

http::Response page(int status, std::string_view title, std::string_view text) {
    return http::Response(
        status,
        fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<title>{0}</title></head>\n<body><h1>{0}</h1><p>{1}</p></body></html>\n",
                    escape_markup(title), escape_markup(text)),
        {{"content-type", "text/html; charset=utf-8"},
         {"cache-control", "no-store"},
         {"referrer-policy", "no-referrer"},
         {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
         {"x-content-type-options", "nosniff"},
         {"connection", "close"}});
}

// One login. Shared with who waits, so that it does not matter which of both goes first.
struct Login {
    ExpectedAnswer expected;
    std::optional<Result<Secret>> answer;
    runtime::Event answered;
    bool awaited = false;
};

class Door final : public runtime::Service {
public:
    explicit Door(std::shared_ptr<Login> login) : login_(std::move(login)) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        co_return answer(request);
    }

private:
    [[nodiscard]] http::Response answer(const http::Request& request) const {
        // By another name somebody reached us who made it point here.
        if (request.url().path() != path || request.url().host() != address) {
            return page(404, "Not found", "Here is nothing but the end of a login.");
        }
        if (request.method() != "GET") {
            return page(405, "Not allowed", "A login ends with a GET.").header("allow", "GET");
        }
        if (login_->answer) {
            return page(404, "This login is over", "Go back to the program.");
        }
        auto code = read_authorization_answer(request.url().query(), login_->expected);
        if (!code && code.error().detail() == "state") {
            return page(400, "Not the login that is awaited",
                        "This answer belongs to another login. Start again from the program.");
        }
        login_->answer = std::move(code);
        login_->answered.set();
        return *login_->answer ? page(200, "The answer has arrived",
                                      "You can close this page and go back to the program.")
                               : page(400, "No login", login_->answer->error().message());
    }

    std::shared_ptr<Login> login_;
};

}  // namespace

struct LoopbackListener::Impl {
    struct Open {
        Open(runtime::RealScheduler& scheduler, ExpectedAnswer expected)
            : login(std::make_shared<Login>()),
              door(login),
              server(scheduler, door,
                     {.address = std::string(address),
                      .header_bytes_max = std::size_t{32} * 1024,
                      .body_bytes_max = 1024,
                      .linger_timeout = farewell,
                      .connections_max = 64,
                      .server_header = {}}) {
            login->expected = std::move(expected);
        }
        std::shared_ptr<Login> login;
        Door door;
        server::Server server;
    };

    explicit Impl(runtime::RealScheduler& owner) : scheduler(owner) {}
    runtime::RealScheduler& scheduler;
    std::unique_ptr<Open> open;
};

LoopbackListener::LoopbackListener(runtime::RealScheduler& scheduler)
    : impl_(std::make_unique<Impl>(scheduler)) {}

LoopbackListener::~LoopbackListener() = default;

Result<std::string> LoopbackListener::open(ExpectedAnswer expected) {
    if (impl_->open) {
        return fail(Error(ErrorKind::invalid_argument, "a login is under way already")
                        .with_remedy("close() it first"));
    }
    if (expected.state.empty()) {
        return fail(Error(ErrorKind::invalid_argument, "a login needs a state to expect")
                        .with_detail("state"));
    }
    auto open = std::make_unique<Impl::Open>(impl_->scheduler, std::move(expected));
    APILAB_CHECK(open->server.listen());
    impl_->open = std::move(open);
    return fmt::format("http://{}:{}{}", address, impl_->open->server.port(), path);
}

Task<Result<Secret>> LoopbackListener::code(SteadyTime deadline) {
    const auto login = impl_->open ? impl_->open->login : nullptr;
    if (!login || login->awaited) {
        co_return fail(ErrorKind::invalid_argument,
                       login ? "somebody waits for this login already" : "no login is open");
    }
    if (!login->answer) {
        runtime::Scheduler& scheduler = impl_->scheduler;
        login->awaited = true;
        const auto woken = co_await scheduler.wait(&login->answered, deadline);
        login->awaited = false;
        if (woken == runtime::Scheduler::Woken::time) {
            co_return fail(Error(ErrorKind::deadline, "nobody logged in before the deadline")
                               .with_ending(Ending::deadline));
        }
        if (woken == runtime::Scheduler::Woken::cancelled) {
            co_return fail(Error(ErrorKind::cancelled, "cancelled while waiting for the login")
                               .with_ending(Ending::cancelled));
        }
    }
    co_return *login->answer;
}

Task<void> LoopbackListener::close() {
    // Taken out at once: whoever opens the next login meanwhile has a server of their own.
    const auto open = std::move(impl_->open);
    if (open) {
        co_await open->server.stop(farewell);
    }
}

}  // namespace apilab::auth
