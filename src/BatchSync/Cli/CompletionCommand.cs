using System.CommandLine;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>completion SHELL</c>: the script by which a shell asks this program what may come next; the program answers through its <c>[suggest]</c> directive.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # Completion of batchsync for bash. In ~/.bashrc: source <(batchsync completion bash)
            _batchsync() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _batchsync batchsync
            """,
        ["zsh"] = """
            # Completion of batchsync for zsh. In ~/.zshrc, after compinit: source <(batchsync completion zsh)
            _batchsync() {
                local -a answers
                answers=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -- $answers || _files
            }
            compdef _batchsync batchsync
            """,
        ["pwsh"] = """
            # Completion of batchsync for PowerShell. In $PROFILE: batchsync completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName batchsync -ScriptBlock {
                param($word, $line, $position)
                batchsync "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    public static Command Create(GlobalOptions options)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or pwsh", HelpName = "shell" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints the script that completes commands, options and names of jobs in a shell") { shell };
        command.SetAction(parsed =>
        {
            options.Screen(parsed).Line(Scripts[parsed.GetValue(shell)!].ReplaceLineEndings("\n"));
            return ExitCodes.Done;
        });
        return command;
    }
}
