// The container for those without Debian: what it installs stands in `lab` and nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string_view>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path checkout = APILAB_SOURCE_DIR;
// What `lab` takes for granted, and the image has not.
constexpr std::string_view git_first =
    "apt-get update && apt-get install -y --no-install-recommends git && ";

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

json::value devcontainer() {
    json::parse_options options;
    options.allow_comments = true;
    return json::parse(text_of(checkout / ".devcontainer/devcontainer.json"), {}, options);
}

// Of every list of `lab`.
std::set<std::string> packages() {
    static const std::regex list("packages_[a-z]+=\\(([^)]*)\\)");
    static const std::regex name("[a-z][a-z0-9.+-]+");
    const auto lab = text_of(checkout / "lab");
    std::set<std::string> names;
    for (std::sregex_iterator at(lab.begin(), lab.end(), list); at != std::sregex_iterator();
         ++at) {
        const std::string words = (*at)[1];
        for (std::sregex_iterator word(words.begin(), words.end(), name);
             word != std::sregex_iterator(); ++word) {
            names.insert(word->str());
        }
    }
    return names;
}

TEST(Devcontainer, is_the_system_that_lab_is_written_for) {
    EXPECT_EQ(devcontainer().at("image"), "debian:bookworm");
    EXPECT_THAT(text_of(checkout / "lab"), testing::HasSubstr("a bare Debian 12"));
}

TEST(Devcontainer, has_lab_install_what_there_is_to_install) {
    const auto command = std::string(devcontainer().at("onCreateCommand").as_string());
    EXPECT_TRUE(command.starts_with(std::string(git_first) + "./lab setup")) << command;
}

TEST(Devcontainer, names_no_package_of_its_own_but_git) {
    const auto known = packages();
    EXPECT_TRUE(known.contains("clang-19") && known.contains("ninja-build"));
    for (const auto& entry : fs::directory_iterator(checkout / ".devcontainer")) {
        auto text = text_of(entry.path());
        if (const auto at = text.find(git_first); at != std::string::npos) {
            text.erase(at, git_first.size());
        }
        EXPECT_EQ(text.find("apt"), std::string::npos) << entry.path();
        for (const auto& name : known) {
            const auto at = text.find("\"" + name + "\"");
            EXPECT_EQ(at, std::string::npos) << entry.path() << " names " << name;
        }
        static const std::regex word("[a-z][a-z0-9.+-]*-[a-z0-9.+-]+");
        for (std::sregex_iterator found(text.begin(), text.end(), word);
             found != std::sregex_iterator(); ++found) {
            EXPECT_FALSE(known.contains(found->str())) << entry.path() << found->str();
        }
    }
}

}  // namespace
