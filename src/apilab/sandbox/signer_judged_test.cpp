// The library's signer before the sandbox that checks signatures by itself: what the two were
// written for apart has to be one scheme.

#include <gtest/gtest.h>

#include "apilab/auth/hmac_signer.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;

// Nobody has set this machine's clock.
class WrongClock final : public Clock {
public:
    WrongClock(const Clock& right, Duration ahead) : right_(right), ahead_(ahead) {}
    [[nodiscard]] SteadyTime now() const override { return right_.now(); }
    [[nodiscard]] SystemTime system_now() const override { return right_.system_now() + ahead_; }

private:
    const Clock& right_;
    Duration ahead_;
};

class Signing : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    std::unique_ptr<Sandbox> sandbox = make_sandbox(scheduler);
    transport::LoopbackTransport transport{scheduler, *sandbox};

    static std::unique_ptr<Sandbox> make_sandbox(runtime::Scheduler& scheduler) {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<api::ApiProvider>(1));
        return Sandbox::make(scheduler, std::move(options)).value();
    }
    int status_by(auth::HmacSigner& signer, http::Request request) {
        const auto client = *client::Client::create(scheduler, signer, rng);
        const auto answer = runtime::run(scheduler, client->call(std::move(request), {}));
        return answer ? answer->status() : 0;
    }
    static auth::HmacSignerOptions options() {
        return {.key_id = "api",
                .key = Secret("api_signing_stub"),
                .origin = "http://shop.test",
                .headers = {"content-type"}};
    }
    static http::Url url() { return *http::Url::parse("http://shop.test/api/auth/hmac?b=2&a=%20"); }
};

TEST_F(Signing, below_a_client_is_what_the_sandbox_checks) {
    auth::HmacSigner signer(transport, scheduler, options());
    EXPECT_EQ(status_by(signer, http::Request::get(url())), 200);
    EXPECT_EQ(status_by(signer, http::Request::post(url(), R"({"a":1})")), 200);
    EXPECT_EQ(signer.correction(), 0s);
    EXPECT_FALSE(signer.last_refusal());
}

TEST_F(Signing, learns_the_sandboxs_time_from_its_refusal) {
    const WrongClock clock(scheduler, 2h);
    auth::HmacSigner signer(transport, clock, options());
    EXPECT_EQ(status_by(signer, http::Request::get(url())), 200);
    EXPECT_LE(std::chrono::abs(signer.correction() + 2h), 1s);
}

TEST_F(Signing, both_sides_tell_the_same_text_where_the_key_is_wrong) {
    auto wrong = options();
    wrong.key = Secret("another");
    auth::HmacSigner signer(transport, scheduler, wrong);
    const auto answer = runtime::run(scheduler, signer.call(http::Request::get(url()), {}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status(), 401);
    ASSERT_TRUE(signer.last_refusal());
    const auto problem = http::JsonDocument::parse(answer->body());
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->root()["detail"].string_or(""),
              "signed is, by our reading: " + signer.last_refusal()->text);
}

}  // namespace
}  // namespace apilab::sandbox
