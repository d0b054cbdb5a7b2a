#include "apilab/sandbox/npm/internal/tarball.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <string>

#include "apilab/http/content_coding.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/npm/provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::npm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string unzipped(std::string_view bytes) {
    auto decoder = http::ContentDecoder::create("gzip", {}).value();
    std::string tar;
    EXPECT_TRUE(decoder.feed(bytes, tar));
    EXPECT_TRUE(decoder.finish());
    return tar;
}

TEST(Tarball, is_gzip_over_tar_and_the_same_every_time) {
    const boost::json::object manifest{{"name", "@octo/x"}, {"version", "1.0.0"}};
    const auto bytes = make_tarball(manifest);
    EXPECT_EQ(bytes, make_tarball(manifest));
    const auto tar = unzipped(bytes);
    EXPECT_EQ(tar.size() % 512, 0U);
    EXPECT_THAT(tar, StartsWith("package/package.json"));
    EXPECT_EQ(tar.substr(257, 5), "ustar");
    EXPECT_THAT(tar, HasSubstr(R"({"name":"@octo/x","version":"1.0.0"})"));
    EXPECT_EQ(tarball_size(manifest).files, 3U);
}

TEST(Tarball, more_than_one_block_is_stored_whole) {
    boost::json::object manifest{{"name", "x"}, {"version", "1.0.0"}};
    manifest["description"] = std::string(200'000, 'y');
    EXPECT_GT(unzipped(make_tarball(manifest)).size(), 200'000U);
}

TEST(Tarball, does_not_hold_what_the_registry_adds) {
    const boost::json::object manifest{{"name", "x"},
                                       {"version", "1.0.0"},
                                       {"deprecated", "later"},
                                       {"hasInstallScript", true},
                                       {"dist", boost::json::object{{"shasum", "s"}}}};
    const auto tar = unzipped(make_tarball(manifest));
    EXPECT_THAT(tar, Not(HasSubstr("later")));
    EXPECT_THAT(tar, Not(HasSubstr("shasum")));
    EXPECT_THAT(tar, HasSubstr("package/setup.js")) << "what its install script runs";
}

TEST(Tarball, sums_are_those_of_the_bytes) {
    // FIPS 180: "abc".
    EXPECT_EQ(sums_of("abc").shasum, "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sums_of("abc").integrity,
              "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4q"
              "mslPpUyknw==");
    EXPECT_EQ(tarball_name("@octo/util", "1.0.0"), "util-1.0.0.tgz");
}

TEST(Tarball, of_every_version_of_the_seed_fits_its_integrity) {
    const auto registry = make_world().value().npm;
    NpmProvider provider(registry);
    AskProvider ask(provider);
    std::size_t seen = 0;
    for (const auto& [name, packument] : registry->packages) {
        for (const auto& manifest : packument.manifests) {
            const auto document = http::JsonDocument::parse(packument.manifest(manifest.version));
            const auto dist = document->root()["dist"];
            const auto answer = ask.get("/" + name + "/-/" + tarball_name(name, manifest.version));
            ASSERT_EQ(answer.status(), 200) << name;
            const auto sums = sums_of(answer.body());
            EXPECT_EQ(sums.integrity, dist["integrity"].string()) << name << manifest.version;
            EXPECT_EQ(sums.shasum, dist["shasum"].string()) << name << manifest.version;
            ++seen;
        }
    }
    EXPECT_GT(seen, 150U);
    EXPECT_EQ(ask.get("/left-box/-/left-box-9.9.9.tgz").status(), 404);
    EXPECT_EQ(ask.get("/none/-/none-1.0.0.tgz").status(), 404);
}

}  // namespace
}  // namespace apilab::sandbox::npm
