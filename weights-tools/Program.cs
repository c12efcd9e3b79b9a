using RawSer.WeightTools;

return WeightsCommand.Run(args);
