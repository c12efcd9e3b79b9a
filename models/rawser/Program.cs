using RawSer.Cli;

return RawSerCommand.Run(args);
