// One call with the installed library, over a real socket: a server of ours answers 503 once, and
// the client's second attempt succeeds. Exit code 0, or a word about why not.
#include <cstdio>
#include <string>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/work/postgres_store.hpp"
#include "apilab/work/schedule.hpp"

namespace {

using apilab::Result;
using apilab::http::Request;
using apilab::http::Response;

class Greeter final : public apilab::runtime::Service {
public:
    [[nodiscard]] apilab::runtime::Task<Result<Response>> call(
        Request request, apilab::runtime::CallContext /*context*/) override {
        if (++calls_ == 1) {
            co_return Response(503);
        }
        co_return Response(200, "hello, " + request.url().path());
    }
    [[nodiscard]] int calls() const { return calls_; }

private:
    int calls_ = 0;
};

// Behind these stand libraries of others that the package has to find: libpq and date-tz.
std::string use_work() {
    const auto schedule = apilab::work::Schedule::parse("0 9 * * 1 Europe/Berlin");
    if (!schedule) {
        return schedule.error().to_string();
    }
    const auto store = apilab::work::PostgresStore::open(apilab::Secret("not a URL"));
    return !store && store.error().detail() == "url" ? "" : "a store was opened without a URL";
}

int complain(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    return 1;
}

}  // namespace

int main() {
    if (const std::string wrong = use_work(); !wrong.empty()) {
        return complain(wrong);
    }
    apilab::runtime::RealScheduler scheduler;
    Greeter greeter;
    apilab::server::Server server(scheduler, greeter);
    if (auto ready = server.listen(); !ready) {
        return complain(ready.error().to_string());
    }
    apilab::transport::AsioTransport transport(scheduler);
    apilab::SeededRng rng(1);
    auto client = apilab::client::Client::create(scheduler, transport, rng);
    if (!client) {
        return complain(client.error().to_string());
    }
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/reader";
    const auto reply = apilab::runtime::run(scheduler, (*client)->get(url));
    if (!reply) {
        return complain(reply.error().to_string());
    }
    if (reply->status() != 200 || reply->body() != "hello, /reader" || greeter.calls() != 2) {
        return complain("the call did not go as expected: " + std::to_string(reply->status()) +
                        ", " + std::to_string(greeter.calls()) + " attempts");
    }
    return 0;
}
