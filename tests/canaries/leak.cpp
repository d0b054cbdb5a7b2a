// canary_leak WHERE: shows what nobody may see, for a check that has to notice. A process of its
// own without the library, so that nothing hides it.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// A child whose command line shows it, for long enough to be seen.
int run_child(const std::string& secret) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execl("/proc/self/exe", "canary_leak", "wait", secret.c_str(), nullptr);
        ::_exit(1);
    }
    ::sleep(1);
    ::kill(pid, SIGKILL);
    return ::waitpid(pid, nullptr, 0) == pid ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view where = argc > 1 ? argv[1] : "";
    if (where == "stdout") {
        std::printf("the key is %s\n", variable("APILAB_API_KEY").c_str());
    } else if (where == "stderr") {
        // "user:at_canary7Q3~bearer" in base64.
        std::fprintf(stderr, "Authorization: Basic dXNlcjphdF9jYW5hcnk3UTN+YmVhcmVy\n");
    } else if (where == "file") {
        std::ofstream("some.log") << "GET /?p=pw%3acanary%207Q2%2f%2b%3d%25%26%3f";
    } else if (where == "name") {
        std::ofstream(variable("APILAB_HMAC_KEY")) << "";
    } else if (where == "wait") {
        ::pause();
    } else if (where == "child") {
        return run_child(variable("APILAB_OAUTH_CODE_VERIFIER"));
    }
    return 0;
}
