#include "apilab/sandbox/data_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "apilab/base/temporary_folder.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DataFolder : public ::testing::Test {
protected:
    void write(const fs::path& file, std::string_view text) const {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }

    TemporaryFolder folder = TemporaryFolder::make("apilab-data-").value();
    fs::path root = folder.path();
};

constexpr std::string_view record = R"({"id":"GHSA-a","modified":"2020-01-01T00:00:00Z",
    "summary":"s","affected":[{"package":{"ecosystem":"npm","name":"p"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2.0"},
    {"introduced":"2.0.0"},{"last_affected":"2.1.0"}]}]}]})";
constexpr std::string_view packument = R"({"name":"p","dist-tags":{"latest":"2.0.0"},
    "versions":{"1.0.0":{"name":"p","version":"1.0.0","odd":[1,-2,0.5,null],
    "dist":{"tarball":"https://elsewhere.example/p/-/p-1.0.0.tgz","shasum":"x"}},
    "2.0.0":{"name":"p","version":"2.0.0"}},"time":{"modified":"2021-01-01T00:00:00.000Z"}})";

TEST_F(DataFolder, records_and_packuments_stand_in_place_of_the_built_in_ones) {
    write("osv/advisories-npm/GHSA-a.json", record);
    write("npm/packuments-full/p.json", packument);
    const WorldOptions options{.data_dir = root};
    const auto world = make_world(options).value();
    EXPECT_THAT(world.warnings, SizeIs(0));
    const auto providers = make_providers(world, options);
    const AskProvider npm(*providers[0]);
    const AskProvider osv(*providers[1]);
    EXPECT_EQ(npm.get("/lodash").status(), 404);
    const auto reply = npm.get("/p");
    EXPECT_THAT(reply.body(), HasSubstr(npm.base_url + "/p/-/p-1.0.0.tgz"));
    EXPECT_THAT(reply.body(), HasSubstr(R"("odd":[1,-2,)")) << "fields nobody knows are kept";
    const auto query = [](std::string_view version) {
        return R"({"package":{"ecosystem":"npm","name":"p"},"version":")" + std::string(version) +
               "\"}";
    };
    for (const auto* hit : {"1.1.9", "2.0.0", "2.1.0"}) {
        EXPECT_THAT(osv.post("/v1/query", query(hit)).body(), HasSubstr("GHSA-a")) << hit;
    }
    for (const auto* miss : {"1.2.0", "2.1.1"}) {
        EXPECT_EQ(osv.post("/v1/query", query(miss)).body(), "{}") << miss;
    }
    EXPECT_THAT(npm.post("/-/npm/v1/security/advisories/bulk", R"({"p":["1.0.0"]})").body(),
                HasSubstr("GHSA-a"));
    // GitHub is not recorded: it stays.
    EXPECT_EQ(AskProvider(*providers[2]).get("/repos/octo/hello").status(), 200);
}

TEST_F(DataFolder, what_does_not_fit_is_left_out_with_a_word) {
    write("osv/advisories-npm/1.json", record);
    write("osv/advisories-npm/2.json", record);
    write("osv/advisories-other/3.json", "[1]");
    write("osv/advisories-other/4.json", "{");
    write("osv/advisories-other/notes.txt", "no record");
    write("npm/packuments-current/5.json", R"({"versions":{}})");
    write("npm/packuments-current/6.json", R"({"name":"q","versions":[]})");
    const auto data = read_data_dir(root);
    ASSERT_TRUE(data) << data.error().to_string();
    EXPECT_THAT(data->records, SizeIs(1));
    EXPECT_THAT(data->packuments, SizeIs(0));
    EXPECT_THAT(
        data->warnings,
        ElementsAre("osv/advisories-npm/2.json: left out: GHSA-a was read from another file",
                    HasSubstr("osv/advisories-other/3.json: left out: /id"),
                    HasSubstr("osv/advisories-other/4.json: left out: "),
                    HasSubstr("npm/packuments-current/5.json: left out: /name"),
                    HasSubstr("npm/packuments-current/6.json: left out: /versions")));
}

TEST_F(DataFolder, a_current_packument_stands_before_a_full_one) {
    write("npm/packuments-current/p.json", packument);
    write("npm/packuments-full/p.json", R"({"name":"p","versions":{"0.1.0":{}}})");
    const auto data = read_data_dir(root).value();
    ASSERT_THAT(data.packuments, SizeIs(1));
    EXPECT_THAT(data.packuments[0].manifests, SizeIs(2));
}

TEST_F(DataFolder, one_kind_alone_leaves_the_other_built_in_and_says_so) {
    write("osv/advisories-npm/GHSA-a.json", record);
    const WorldOptions options{.data_dir = root};
    const auto world = make_world(options).value();
    EXPECT_THAT(world.warnings, ElementsAre(HasSubstr("no packuments")));
    EXPECT_TRUE(world.npm->packages.contains("lodash"));
    EXPECT_EQ(world.osv->records().size(), 1U);
}

TEST_F(DataFolder, a_folder_without_any_of_it_is_an_error) {
    EXPECT_THAT(read_data_dir(root).error().message(), HasSubstr("neither osv/advisories-*"));
    EXPECT_THAT(read_data_dir(root / "none").error().message(), HasSubstr("no folder"));
    EXPECT_EQ(make_world({.data_dir = root}).error().kind(), ErrorKind::invalid_argument);
}

TEST_F(DataFolder, limits_hold) {
    write("osv/advisories-npm/1.json", record);
    write("osv/advisories-npm/2.json", record);
    EXPECT_EQ(read_data_dir(root, {.file_size_max = 10}).error().kind(), ErrorKind::too_large);
    EXPECT_EQ(read_data_dir(root, {.files_max = 1}).error().kind(), ErrorKind::too_large);
    EXPECT_TRUE(read_data_dir(root, {.files_max = 2}));
}

}  // namespace
}  // namespace apilab::sandbox
