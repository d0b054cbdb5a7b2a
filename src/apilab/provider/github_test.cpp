// GitHub's repositories and files against the sandbox.

#include "apilab/provider/github.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/client/client.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;
using ::testing::HasSubstr;

class GitHubTest : public ::testing::Test {
protected:
    GitHubTest() : rng_(1) {
        const auto world = sandbox::make_world({});
        EXPECT_THAT(world, IsOk());
        sandbox_ =
            *sandbox::Sandbox::make(scheduler_, {.providers = sandbox::make_providers(*world, {})});
        transport_ = std::make_unique<transport::LoopbackTransport>(scheduler_, *sandbox_);
        client_ = *client::Client::create(scheduler_, *transport_, rng_, {}, {});
    }
    [[nodiscard]] GitHub github() const {
        return GitHub(
            {.client = client_.get(), .base = *http::Url::parse("http://box.test/github")});
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler_, std::move(task));
    }

private:
    runtime::VirtualScheduler scheduler_;
    SeededRng rng_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> transport_;
    std::unique_ptr<client::Client> client_;
};

TEST_F(GitHubTest, a_repository_says_what_it_is) {
    const auto hello = run(github().repository("Octo", "HELLO"));
    ASSERT_THAT(hello, IsOk());
    EXPECT_EQ(hello->repository.full_name, "octo/hello");
    EXPECT_EQ(hello->repository.default_branch, "main");
    EXPECT_EQ(hello->repository.archived, false);
    EXPECT_EQ(hello->repository.visibility, github::Visibility::public_);
    EXPECT_TRUE(hello->repository.pushed_at);
    EXPECT_FALSE(hello->renamed) << "names are known without regard to case";
    EXPECT_TRUE(hello->drift.none());
    EXPECT_EQ(run(github().repository("octo", "shelved"))->repository.archived, true);
}

TEST_F(GitHubTest, a_repository_that_was_renamed_is_followed_and_that_is_told) {
    const auto moved = run(github().repository("octo", "old-name"));
    ASSERT_THAT(moved, IsOk());
    EXPECT_TRUE(moved->renamed);
    EXPECT_NE(moved->repository.full_name, "octo/old-name");
    const auto none = run(github().repository("octo", "never"));
    ASSERT_THAT(none, IsError(ErrorKind::status));
    EXPECT_EQ(none.error().status(), 404);
}

TEST_F(GitHubTest, a_file_comes_as_it_stands_there) {
    EXPECT_THAT(*run(github().file("octo", "hello", "package.json", "")), HasSubstr("\"name\""));
    EXPECT_THAT(run(github().file("octo", "hello", "README.md", "v1.0.0")), IsOk());
    EXPECT_EQ(*run(github().file("octo", "hello", "docs/latest.md", "")),
              *run(github().file("octo", "hello", "docs/guide.md", "")))
        << "a link to a file is that file";
    for (const auto* path : {"none.md", "src/none.md"}) {
        EXPECT_EQ(run(github().file("octo", "hello", path, "")).error().status(), 404) << path;
    }
    EXPECT_EQ(run(github().file("octo", "hello", "README.md", "none")).error().status(), 404);
}

TEST_F(GitHubTest, what_is_no_file_is_said_to_be_none_and_what_it_is) {
    const auto what = [&](const std::string& path) {
        const auto file = run(github().file("octo", "hello", path, ""));
        EXPECT_THAT(file, IsError(ErrorKind::decode)) << path;
        return file ? "" : file.error().remedy();
    };
    EXPECT_THAT(what("src"), HasSubstr("a folder"));
    EXPECT_THAT(what("vendor/left-box"), HasSubstr("a submodule"));
    EXPECT_THAT(what("docs/old"), HasSubstr("a link"));
}

}  // namespace
}  // namespace apilab::provider
